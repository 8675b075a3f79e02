import { invalidArgument } from "../core/index.ts";

/** Which theorem a bound rests on. */
export type AuditMethod = "clopper-pearson" | "clopper-pearson-gdp" | "one-run" | "one-run-grid" | "one-run-gdp";

/**
 * A statistically valid lower bound on epsilon. Frozen plain data; with probability at most `significance` over the
 * audit's own randomness the bound exceeds the true epsilon at `delta`.
 */
export interface AuditBound {
  readonly version: "audit-bound/v1";
  readonly method: AuditMethod;
  /** In nats, ≥ 0, rounded down. 0 says that nothing was shown. */
  readonly epsilonLowerBound: number;
  /** The delta that the bound is about. */
  readonly delta: number;
  /** Error probability, one-sided. */
  readonly significance: number;
  /** The most that an audit of this size could have shown: the bound for a perfect attack. A claim above it can not be refuted. */
  readonly cap: number;
  /** What must hold for the bound to be valid. */
  readonly assumptions: readonly string[];
}

/** Never "passed": an audit can refute a claim, fail to, or be too small to. */
export type AuditVerdict = "refuted" | "not refuted" | "inconclusive";

/**
 * What a bound says about a claimed epsilon at the same delta and under the same neighboring relation.
 *
 * @param bound - from one of the bounds of this room.
 * @param claimedEpsilon - ≥ 0, in nats, Infinity allowed (it can not be refuted).
 * @returns `refuted` if the bound exceeds the claim; `inconclusive` if even a perfect attack would not have exceeded
 *   it; `not refuted` otherwise.
 * @throws PrivacyError `invalid_argument`.
 * @guarantee A true claim is refuted with probability at most `bound.significance`.
 */
export function auditVerdict(bound: AuditBound, claimedEpsilon: number): AuditVerdict {
  if (!(claimedEpsilon >= 0)) throw invalidArgument("claimedEpsilon", "a number >= 0 or Infinity", claimedEpsilon);
  if (bound.epsilonLowerBound > claimedEpsilon) return "refuted";
  return bound.cap > claimedEpsilon ? "not refuted" : "inconclusive";
}

export function freezeBound(bound: Omit<AuditBound, "version">): AuditBound {
  return Object.freeze({
    version: "audit-bound/v1",
    ...bound,
    assumptions: Object.freeze([...bound.assumptions]),
  });
}

/** Pure claims are audited too: delta may be 0. */
export function readAuditDelta(delta: number): number {
  if (typeof delta === "number" && delta >= 0 && delta < 1) return delta;
  throw invalidArgument("delta", "a number in [0, 1)", delta);
}

export function readSignificance(significance: number): number {
  if (typeof significance === "number" && significance > 0 && significance < 0.5) return significance;
  throw invalidArgument("significance", "a number in (0, 0.5)", significance, "0.05 gives 95 % confidence");
}

/** A count in [0, most]; the message does not repeat it. */
export function readCount(count: number, most: number, argument: string, companion: string): number {
  if (Number.isSafeInteger(count) && count >= 0 && count <= most) return count;
  throw invalidArgument(argument, `a whole number between 0 and ${companion}`, "another value");
}

/** Moves a bound down by more than the rounding errors behind it, never below 0. */
export function roundBoundDown(epsilon: number): number {
  return epsilon > 0 ? Math.max(0, epsilon - 1e-12 * Math.max(1, epsilon)) : 0;
}
