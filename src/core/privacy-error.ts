/** Everything this package throws, and the facts each code carries. Configuration values may appear; nothing about data may. */
export interface PrivacyErrorDetails {
  /** An argument, option, flag or file field is outside its range. */
  invalid_argument: { argument: string; expected: string };
  /** The accountant has no sound analysis for this event, at this path, under this relation. */
  unsupported_event: { kind: string; path: string; reason: string };
  /** The model holds something whose per-example gradient is unknown or undefined. */
  unsupported_model: { problems: readonly ModelProblem[] };
  /** The step, run or round would spend more than the budget allows. Nothing was spent. */
  budget_exceeded: { spent: number; requested: number; limit: number };
  /** A numerical routine could not certify its result. */
  numerical_failure: { routine: string; reason: string };
  /** The operating system gave no randomness. */
  entropy_unavailable: { source: string };
  /** The ledger's bytes do not hang together: a broken chain, an unknown record, a changed line. */
  ledger_corrupt: { path: string; line: number; reason: string };
  /** Another process holds the ledger. */
  ledger_locked: { path: string; holder: string };
  /** An output folder holds another run. */
  output_occupied: { path: string };
  /** A file is missing or is not what its name says. */
  file_unreadable: { path: string; reason: string };
  /** An object was used after it was closed, twice at once, or out of order. */
  invalid_state: { object: string; state: string };
  /** The caller's AbortSignal fired; what was spent is in the ledger. */
  aborted: { phase: string };
  /** A peer broke the protocol. */
  protocol_violation: { rule: string; round: number };
  /** A site's update was refused; the round went on. */
  update_rejected: { site: string; round: number; reason: string };
  /** A certificate, a name or a key is not the one that was pinned or issued: which check failed, and whose it is. */
  identity_refused: { check: IdentityCheck; peer: string };
  /** A site's own policy forbids what was asked of it; nothing was read and nothing left. */
  policy_refused: { rule: string };
  /** A deadline passed. */
  deadline_exceeded: { phase: string; afterMs: number };
  /** Nobody answers at an address. */
  unreachable: { address: string };
  /** The address to listen on is taken. */
  address_in_use: { address: string };
}

/** One thing about a model that private training cannot accept: which layer, why, and what to put in its place. */
export interface ModelProblem {
  readonly layer: string;
  readonly layerClass: string;
  readonly reason: string;
  readonly replacement: string;
}

/** What can be wrong with an identity: who issued it, when it is good, whom it names, which key it holds, whether it was withdrawn. */
export type IdentityCheck = "issuer" | "date" | "name" | "fingerprint" | "revoked" | "certificate";

export type PrivacyErrorCode = keyof PrivacyErrorDetails;

/** Distributed over codes, so `switch (e.code)` narrows `e.details`. */
export type AnyPrivacyError = { [C in PrivacyErrorCode]: PrivacyError<C> }[PrivacyErrorCode];

/**
 * The one error class of the package. The message reads `[code] what was wanted, what came, what to do`.
 * It never holds a record, gradient, score, loss, key, seed or realised batch size.
 */
export class PrivacyError<C extends PrivacyErrorCode = PrivacyErrorCode> extends Error {
  override readonly name: string = "PrivacyError";
  readonly code: C;
  readonly details: PrivacyErrorDetails[C];

  constructor(code: C, message: string, details: PrivacyErrorDetails[C], options?: { cause?: unknown }) {
    super(`[${code}] ${message}`, options);
    this.code = code;
    this.details = details;
  }
}

/** Recognises a PrivacyError by shape, so that two installed copies of the package understand each other. */
export function isPrivacyError(value: unknown): value is AnyPrivacyError {
  return value instanceof Error && value.name === "PrivacyError" && "code" in value && "details" in value;
}

/** The short form of the commonest error: which argument, what it must be, what came, what to do about it. */
export function invalidArgument(
  argument: string,
  expected: string,
  got: unknown,
  advice = "",
): PrivacyError<"invalid_argument"> {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  const tail = advice === "" ? "" : `; ${advice}`;
  return new PrivacyError("invalid_argument", `${argument} must be ${expected}, got ${shown}${tail}`, {
    argument,
    expected,
  });
}
