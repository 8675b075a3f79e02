import type { Guarantee } from "../../accounting/index.ts";
import { invalidArgument, parsePositiveInteger } from "../../core/index.ts";
import { type RandomSource, operatingSystemRandom } from "../../core/random-source.ts";
import type { DpFedAvgPlan } from "../dp-fed-avg.ts";
import { requireMade } from "../made-plan.ts";
import type { Numbers } from "../messages.ts";
import type { Parameters } from "../parameters.ts";
import type { FailureReason, RejectReason } from "../reject-reason.ts";
import { type Strategy, fedAvg } from "../strategy.ts";
import { isWeight } from "../weight.ts";
import { type ClientAnswer, type CreateClient, type SimulatedClient, askClient } from "./client-answer.ts";
import { ClientPool } from "./client-pool.ts";
import { drawCohort } from "./cohort.ts";
import { MemoryFold, type MemoryUpdate } from "./memory-fold.ts";
import { type MemoryModel, floatsOfModel, memoryModel, parametersOf } from "./memory-model.ts";
import { privateRelease } from "./private-release.ts";

export type { CreateClient, SimulatedClient };

/** Clients that run in threads: a module is loaded in each. */
export interface ThreadedClients {
  /** URL of a JavaScript module whose export `createClient(index)` makes a client. */
  readonly module: string | URL;
  /** As many threads, in [1, 64]. */
  readonly threads: number;
}

type Failures = Partial<Record<RejectReason | FailureReason, number>>;

export interface SimulationOptions {
  /** How many there are. */
  readonly clients: number;
  /** Makes a client each time it takes part, so that thousands need not be held at once; here or in threads. */
  readonly client: CreateClient | ThreadedClients;
  readonly initialParameters: Parameters;
  readonly rounds: number;
  /** `fedAvg()` by default. Not with `privacy`, which averages uniformly. */
  readonly strategy?: Strategy;
  /** Clients of a round, drawn without replacement; all by default. Not with `privacy`, whose plan draws. */
  readonly cohortSize?: number;
  /** The public weight of a client; 1 by default. */
  readonly weight?: (index: number) => number;
  /** Noise with the client as unit, see `planDpFedAvg`. */
  readonly privacy?: DpFedAvgPlan;
  /** Numbers for the clients' training code. */
  readonly config?: Numbers;
  /** Called after each round, on public data. */
  readonly evaluate?: (parameters: Parameters, round: number) => Numbers | Promise<Numbers>;
  readonly onRound?: (record: SimulatedRound) => void;
  /** Ends the simulation after the round in progress. */
  readonly signal?: AbortSignal;
  /** Draws cohorts and noise. */
  readonly random?: RandomSource;
}

/** How one round went. With `privacy`, counts are what the simulation saw: not for publication. */
export interface SimulatedRound {
  readonly round: number;
  readonly asked: number;
  readonly usable: number;
  /** How many updates were refused or missing, by reason. */
  readonly failed: Readonly<Failures>;
  readonly metrics: Numbers | null;
}

export interface SimulationResult {
  readonly version: "simulation/v1";
  readonly parameters: Parameters;
  readonly rounds: readonly SimulatedRound[];
  /** Of the models released, for the client as unit; null without `privacy` or with noise that was not the operating system's. */
  readonly guarantee: Guarantee | null;
}

/**
 * Runs federated learning in this process: no wire, no files; one model and one cohort's updates are in memory. Clients of a
 * round are asked one after the other, or in several threads at once; the result does not depend on that.
 *
 * @returns the same parameters as a coordinator would release for the same updates, bit for bit for small models.
 * @throws PrivacyError `invalid_argument` naming the option; `numerical_failure` when a model is not finite; what `evaluate`
 *   throws. A client that throws, or whose update a coordinator would refuse, is counted and left out.
 * @guarantee None in the ledger: a simulation spends no budget, and the client's data are in this process. `guarantee` prices
 *   the models, should they be published.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  requireOptions(options);
  const { client } = options;
  if (typeof client === "function") return await run(options, null);
  const pool = new ClientPool(new URL(client.module).href, client.threads);
  try {
    return await run(options, pool);
  } finally {
    await pool.close();
  }
}

async function run(options: SimulationOptions, pool: ClientPool | null): Promise<SimulationResult> {
  const { rounds, privacy, random = operatingSystemRandom() } = options;
  let model = memoryModel(options.initialParameters, "initialParameters");
  const fold = new MemoryFold((options.strategy ?? fedAvg()).rule);
  let clipNorm = privacy?.l2ClipNorm ?? 0;
  const records: SimulatedRound[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (options.signal?.aborted === true) break;
    const asked = privacy?.draw(random) ?? drawCohort(options.clients, options.cohortSize ?? options.clients, random);
    const { updates, failed } = await gather(options, pool, model, asked, round);
    if (privacy === undefined) model = fold.next(model, updates) ?? model;
    else ({ model, clipNorm } = await privateRelease(privacy, model, updates, clipNorm, random));
    const metrics = (await options.evaluate?.(parametersOf(model), round)) ?? null;
    const record = Object.freeze({ round, asked: asked.length, usable: updates.length, failed, metrics });
    records.push(record);
    options.onRound?.(record);
  }
  const isPriced = privacy !== undefined && random.kind === "operating-system";
  return Object.freeze({
    version: "simulation/v1" as const,
    parameters: parametersOf(model),
    rounds: Object.freeze(records),
    guarantee: isPriced ? privacy.guarantee() : null,
  });
}

function requireOptions(options: SimulationOptions): void {
  const { clients, client, rounds, cohortSize, privacy, strategy } = options;
  parsePositiveInteger(clients, "clients");
  parsePositiveInteger(rounds, "rounds");
  if (cohortSize !== undefined) parsePositiveInteger(cohortSize, "cohortSize");
  if (cohortSize !== undefined && cohortSize > clients) {
    throw invalidArgument("cohortSize", `at most clients (${clients})`, cohortSize);
  }
  if (typeof client !== "function") requireThreads(client);
  if (privacy === undefined) return;
  requireMade(privacy, "privacy", "planDpFedAvg");
  if (strategy !== undefined)
    throw invalidArgument("strategy", "left out with privacy, which averages uniformly", "one");
  if (cohortSize !== undefined)
    throw invalidArgument("cohortSize", "left out with privacy, whose plan draws", cohortSize);
  if (privacy.sites !== clients) throw invalidArgument("clients", `the plan's sites (${privacy.sites})`, clients);
  if (rounds > privacy.rounds) throw invalidArgument("rounds", `at most the plan's (${privacy.rounds})`, rounds);
  if (floatsOfModel(memoryModel(options.initialParameters, "initialParameters")).length === 0) {
    throw invalidArgument("initialParameters", "with float tensors", "others");
  }
}

function requireThreads({ module, threads }: ThreadedClients): void {
  if (!URL.canParse(String(module)))
    throw invalidArgument("client.module", "a URL, such as import.meta.url gives", module);
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= 64)) {
    throw invalidArgument("client.threads", "an integer in [1, 64]", threads);
  }
}

/** Asks the clients of a round; in several threads at once where there are threads, and orders their answers by number. */
async function gather(
  options: SimulationOptions,
  pool: ClientPool | null,
  model: MemoryModel,
  asked: readonly number[],
  round: number,
): Promise<{ updates: MemoryUpdate[]; failed: Failures }> {
  const { strategy, client } = options;
  const needsLoss = strategy?.rule.kind === "q-fed-avg";
  const config = { ...proximal(strategy), ...options.config, round };
  const answers: ClientAnswer[] = [];
  if (pool !== null) {
    answers.push(...(await Promise.all(asked.map((index) => pool.ask({ index, model, config, needsLoss })))));
  } else if (typeof client === "function") {
    for (const index of asked) answers.push(await askClient(client, { index, model, config, needsLoss }));
  }
  const updates: MemoryUpdate[] = [];
  const failed: Failures = {};
  for (const [i, answer] of answers.entries()) {
    const weight = options.weight?.(asked[i]) ?? 1;
    if (!isWeight(weight)) throw invalidArgument("weight", "0 or a number in [2^-20, 2^20]", weight);
    if (typeof answer === "string") failed[answer] = (failed[answer] ?? 0) + 1;
    else if (weight > 0) updates.push({ ...answer, weight });
  }
  return { updates, failed };
}

function proximal(strategy: Strategy | undefined): Numbers {
  return strategy?.rule.kind === "fed-prox" ? { proximalMu: strategy.rule.proximalMu } : {};
}
