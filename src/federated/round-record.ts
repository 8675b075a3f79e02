import type { Numbers } from "./messages.ts";
import type { FailureReason, RejectReason } from "./reject-reason.ts";
import type { AbandonReason, RoundState } from "./round.ts";
import { sortedSites } from "./round.ts";
import type { SitePrivacy } from "./site-privacy.ts";

/** What became of one asked site in a round. */
export interface SiteOutcome {
  readonly site: string;
  /** Public. */
  readonly weight: number;
  /** used: it is in the model. unused: valid, but the round was abandoned or the weight is 0. */
  readonly status: "used" | "unused" | "rejected" | "failed";
  readonly reason: RejectReason | FailureReason | null;
  /** From the site's public plan; 0 where nothing usable came. */
  readonly stepsTaken: number;
  /** The site's own statement about its own records; null where it made none. */
  readonly privacy: SitePrivacy | null;
}

/** Metrics on data that sites declare public, averaged under the public weights. */
export interface EvaluationRecord {
  readonly outcome: "evaluated" | "no usable evaluation";
  readonly metrics: Numbers;
  /** Sites whose metrics are in the mean. */
  readonly sites: readonly string[];
}

/** One round, as it is told to the operator. Holds nothing computed from patients without noise. */
export interface RoundRecord {
  readonly version: "federated-round/v1";
  readonly round: number;
  readonly outcome: "released" | "interrupted" | AbandonReason;
  /** SHA-256 (hex) of the model after the round; unchanged when nothing was released. */
  readonly modelDigest: string;
  /** Sorted by name; empty where who was drawn is a secret. */
  readonly sites: readonly SiteOutcome[];
  /** Set where who was drawn is a secret: how many sites a round asks on average, from the public plan. */
  readonly plannedCohort?: number;
  readonly evaluation: EvaluationRecord | null;
}

/** The public part of a record: what follows from the plan, and the model. Not even how many sites there were. */
export function withoutSites(record: RoundRecord, plannedCohort: number): RoundRecord {
  const { evaluation } = record;
  return { ...record, sites: [], plannedCohort, evaluation: evaluation === null ? null : { ...evaluation, sites: [] } };
}

/** What a site sent with its update besides tensors. */
export interface UpdateFacts {
  readonly stepsTaken: number;
  readonly privacy: SitePrivacy | null;
}

/** The outcome of each asked site, sorted by name. */
export function siteOutcomes(state: RoundState, facts: ReadonlyMap<string, UpdateFacts>): SiteOutcome[] {
  return sortedSites(state.seats.keys()).map((site): SiteOutcome => {
    const seat = state.seats.get(site);
    const weight = seat?.weight ?? 0;
    const sent = facts.get(site) ?? { stepsTaken: 0, privacy: null };
    if (seat?.status === "delivered") {
      const status = state.phase === "released" && weight > 0 ? "used" : "unused";
      return { site, weight, status, reason: null, stepsTaken: sent.stepsTaken, privacy: sent.privacy };
    }
    // a round that was cancelled leaves seats that nobody settled
    const settled = seat?.status === "rejected" || seat?.status === "failed" ? seat : undefined;
    const status = settled?.status ?? "unused";
    return { site, weight, status, reason: settled?.reason ?? null, stepsTaken: 0, privacy: null };
  });
}

/**
 * The weighted mean of each metric over the sites that report it with positive weight; the same rule as for updates:
 * no weight, no mean (never 0/0).
 */
export function averageMetrics(
  reports: readonly { site: string; weight: number; metrics: Numbers }[],
): EvaluationRecord {
  const usable = reports.filter((r) => r.weight > 0 && Object.keys(r.metrics).length > 0);
  const names = sortedSites(new Set(usable.flatMap((r) => Object.keys(r.metrics))));
  const mean = (name: string): number => {
    const having = usable.filter((r) => Object.hasOwn(r.metrics, name));
    const total = having.reduce((sum, r) => sum + r.weight, 0);
    return having.reduce((sum, r) => sum + r.weight * (r.metrics[name] ?? 0), 0) / total;
  };
  const metrics = Object.fromEntries(names.map((name) => [name, mean(name)]));
  const outcome = usable.length > 0 ? "evaluated" : "no usable evaluation";
  return { outcome, metrics, sites: usable.map((r) => r.site) };
}

/** One line of JSON; Infinity is the string "Infinity". */
export function roundRecordJson(record: RoundRecord): string {
  return JSON.stringify(record, (_key, value: unknown) => (value === Infinity ? "Infinity" : value));
}
