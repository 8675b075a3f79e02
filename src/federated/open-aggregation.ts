import type { Guarantee } from "../accounting/index.ts";
import type { CoordinatorOptions } from "./coordinator-options.ts";
import type { ParsedRun, ParsedSecure } from "./grpc/server-options.ts";
import { ClearAggregation } from "./round-aggregation.ts";
import { RunLedger, coordinatorActor } from "./run-ledger.ts";
import { type Recovered, hasPlayed } from "./run-recovery.ts";
import type { RunStore } from "./run-store.ts";
import { SecureAggregation } from "./secure-aggregation.ts";
import type { DialogueWitness } from "./site-dialogue.ts";
import { SiteLevelAggregation } from "./site-level-aggregation.ts";

/** Whoever holds the ledger of a run with the site as unit. */
export interface SiteAccount {
  readonly guarantee: () => Guarantee | null;
  readonly close: (isFinished: boolean) => Promise<void>;
}

/** The aggregation of a run, and the ledger that it charges. */
export async function openAggregation(
  { secure, siteLevel, plan, topologyJson, rounds, random }: ParsedRun,
  store: RunStore,
  recovered: Recovered | null,
  witness: DialogueWitness | undefined,
): Promise<{ aggregate: CoordinatorOptions["aggregate"]; account: SiteAccount | null }> {
  if (siteLevel !== null) {
    const { drawn } = witness ?? {};
    const parts = { store, random, recovered, ...(drawn === undefined ? {} : { drawn }) };
    const aggregation = await SiteLevelAggregation.open(siteLevel, parts);
    return { aggregate: () => aggregation, account: aggregation };
  }
  if (secure === null) return { aggregate: (files) => new ClearAggregation(files), account: null };
  const { siteNoise } = secure;
  const ledger = siteNoise === null ? null : await openNoiseLedger(siteNoise, store, recovered);
  const { disputed } = witness ?? {};
  const told = disputed === undefined ? {} : { disputed };
  const announced = { topologyJson, rounds };
  const account = siteNoise && ledger && { guarantee: siteNoise.plan.guarantee, close: ledger.close.bind(ledger) };
  return {
    aggregate: (files, floor) =>
      new SecureAggregation(secure, announced, { store: files, floor, ledger, ...told }, plan.minClients),
    account,
  };
}

async function openNoiseLedger(
  { plan, ledger: dir, scope, budget }: NonNullable<ParsedSecure["siteNoise"]>,
  store: RunStore,
  recovered: Recovered | null,
): Promise<RunLedger> {
  const { roundEvent: event, rounds } = plan;
  const actor = coordinatorActor(store.identity.runId);
  const isResumed = hasPlayed(recovered);
  return await RunLedger.open({
    dir,
    actor,
    scope,
    budget,
    event,
    rounds,
    randomSource: "operating-system",
    isResumed,
  });
}
