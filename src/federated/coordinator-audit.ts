import type { NotPrivate, PrivacyError } from "../core/index.ts";
import type { AuditEntry } from "./audit-entry.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { manifestBytes, modelDigest } from "./manifest.ts";
import type { SignedReport, UpdateHeader } from "./messages.ts";
import type { RejectReason } from "./reject-reason.ts";
import type { RoundRecord } from "./round-record.ts";
import type { SignedDispute } from "./secagg/index.ts";
import type { DialogueWitness } from "./site-dialogue.ts";

/** Refusals that are written down in a minute; strangers could otherwise fill the disk. Metrics count all. */
const refusalsPerMinute = 120;

/** What a coordinator accepted and refused, told to its trail in the order in which it happened. */
export class CoordinatorAudit implements DialogueWitness {
  readonly #trail: Pick<AuditTrail, "append">;
  readonly #failed: (error: unknown) => void;
  readonly #nowMs: () => number;
  #minute = -1;
  #refusals = 0;

  /** @param failed - told once the trail can not be written: then the run must end. */
  constructor(
    trail: Pick<AuditTrail, "append">,
    failed: (error: unknown) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#nowMs = nowMs;
    this.#trail = trail;
    this.#failed = failed;
  }

  readonly opened = (site: string): void => this.#note({ kind: "session-opened", peer: site, fingerprint: null });

  readonly refused = (site: string, reason: RejectReason): void => this.#refuse(site === "" ? "unknown" : site, reason);

  readonly received = (site: string, header: UpdateHeader, reason: RejectReason | null): void => {
    const { round, tensors, report } = header;
    const hasDigests = tensors.length > 0 && tensors.every((t) => t.sha256?.length === 32);
    const update = hasDigests ? modelDigest(tensors) : null;
    // a lying header may claim any size
    const bytes = reason === null ? manifestBytes(tensors) : 0;
    this.#note({ kind: "update-received", site, round, update, bytes, reason, report: asText(report) });
  };

  readonly disputed = (round: number, dispute: SignedDispute): void => {
    const { site, accused, roundDigest, boxDigest, signature } = dispute;
    const digests = { roundDigest: hex(roundDigest), boxDigest: hex(boxDigest) };
    this.#note({ kind: "box-disputed", round, site, accused, ...digests, signature: base64(signature) });
  };

  /** For the private trail of a run with the site as unit, and no other. */
  readonly drawn = (round: number, sites: NotPrivate<readonly string[]>): void =>
    this.#note({ kind: "sites-drawn", round, sites: sites.revealNotPrivate() });

  /** Someone who did not get as far as a stream, or whose certificate went bad. */
  readonly identityRefused = (error: PrivacyError<"identity_refused">): void =>
    this.#refuse(error.details.peer, error.details.check);

  /** Resolves when the round is on the disk. */
  async closed({ round, outcome, modelDigest: model }: RoundRecord): Promise<void> {
    await this.#trail.append({ kind: "round-closed", round, outcome, model });
  }

  #refuse(peer: string, reason: string): void {
    const minute = Math.floor(this.#nowMs() / 60_000);
    if (minute !== this.#minute) this.#refusals = 0;
    this.#minute = minute;
    this.#refusals += 1;
    if (this.#refusals <= refusalsPerMinute) this.#note({ kind: "session-refused", peer, reason });
  }

  #note(entry: AuditEntry): void {
    this.#trail.append(entry).catch(this.#failed);
  }
}

function asText(report: SignedReport | undefined): { body: string; signature: string } | null {
  if (report === undefined) return null;
  return { body: base64(report.body), signature: base64(report.signature) };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
