import { invalidArgument, parseSteps } from "../core/index.ts";
import type { ClientConfig, ClientRound, EvaluateResult, FederatedClient, FitResult } from "./client.ts";
import type { Download } from "./download.ts";
import type { Lineage } from "./lineage.ts";
import { outgoingTensors } from "./manifest.ts";
import { type HeldModel, maxUint32 } from "./messages.ts";
import type { Answer, Outbox } from "./outbox.ts";
import type { Parameters } from "./parameters.ts";
import { floatValues } from "./float-values.ts";
import type { SecureTask } from "./secure-task.ts";
import type { SecureParticipant } from "./secure-participant.ts";
import type { SiteNoise } from "./site-noise.ts";
import { isSitePrivacy } from "./site-privacy.ts";

type RunFacts = Pick<SecureTask, "topologyJson" | "rounds"> & { readonly siteNoise?: SiteNoise | undefined };

/** What a site remembers from one stream to the next: its training goes on while the line is broken. */
export class SiteWorker {
  readonly client: FederatedClient;
  /** The run that the site is in; null before the first welcome. */
  runId: string | null = null;
  /** What the first welcome said of the run: the site's code was prepared for that. */
  announced: RunFacts | null = null;
  /** Where the model that came last comes from; null before, or where nothing is signed. */
  lineage: Lineage | null = null;
  /** An order whose outcome a broken line left open. */
  unsettled: Pick<ClientRound, "round" | "asked"> | null = null;
  /** A model that came in part. */
  partial: { readonly round: number; readonly model: string; readonly download: Download } | null = null;
  /** The site's part in secure rounds; null where it takes part in none. */
  readonly secure: SecureParticipant | null;
  readonly #outbox: Outbox;
  #training: { readonly round: number; readonly answer: Promise<Answer> } | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #offered: number | null = null;

  constructor(client: FederatedClient, outbox: Outbox, secure: SecureParticipant | null = null) {
    this.client = client;
    this.secure = secure;
    this.#outbox = outbox;
  }

  get held(): HeldModel | null {
    return this.partial === null
      ? null
      : { round: this.partial.round, model: this.partial.model, ...this.partial.download.next };
  }

  /** True when this process, or the one before it that left the outbox, was in a run: its line may still look whole. */
  get wasInRun(): boolean {
    return this.runId !== null || this.#outbox.hasBegun;
  }

  /** True unless an earlier welcome said otherwise. */
  isSameRun(runId: string, { topologyJson, rounds }: RunFacts): boolean {
    const { announced } = this;
    if (this.runId === null || announced === null) return true;
    return this.runId === runId && announced.topologyJson === topologyJson && announced.rounds === rounds;
  }

  enterRun(runId: string, announced: RunFacts): void {
    this.runId = runId;
    this.announced = announced;
    this.secure?.announce(announced.siteNoise ?? null, announced.rounds);
  }

  /** What was made of this round or is being made of it; undefined where it was not begun. */
  answerOf(round: number): Promise<Answer> | undefined {
    if (this.#training?.round === round) return this.#training.answer;
    const kept = this.runId === null ? null : this.#outbox.answer(this.runId, round);
    return kept === null ? undefined : Promise.resolve(kept);
  }

  /** False for a round that was begun before: it is not trained a second time. */
  mayTrain(round: number): boolean {
    return this.runId !== null && this.#outbox.mayBegin(this.runId, round);
  }

  /** Trains one round, after whatever is still being trained. The round is noted before the first record is touched. */
  async train(round: number, parameters: Parameters, config: ClientConfig, isSecure = false): Promise<Answer> {
    const answer = this.#after(async () => {
      await this.#outbox.begin(this.runId ?? "", round);
      // the client may train in place
      const before = isSecure ? floatValues(parameters) : null;
      const result = await this.client.fit(parameters, config);
      return await this.#keep(round, before === null ? result : await this.#masked(round, before, result));
    });
    this.#training = { round, answer };
    answer.catch(() => undefined);
    return await answer;
  }

  /** Parameters to start from; not journaled: they depend on no record. */
  async initialAnswer(config: ClientConfig): Promise<Answer> {
    return await this.#after(async () => {
      const tensors = outgoingTensors(await this.client.getParameters(config), "getParameters()");
      return this.#outbox.passing({ round: 0, stepsTaken: 0, privacy: null }, tensors);
    });
  }

  async evaluate(parameters: Parameters, config: ClientConfig): Promise<EvaluateResult> {
    return await this.#after(async () => await this.client.evaluate(parameters, config));
  }

  /** Notes that an update is sent, and says whether it was sent before, as far as is known. */
  offer(round: number): boolean {
    // what an earlier process trained may have been sent by it
    const isAgain = this.#offered === round || this.#training?.round !== round;
    this.#offered = round;
    return isAgain;
  }

  /** Resolves when no code of the site runs any more. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  #after<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #masked(round: number, before: Float64Array, result: FitResult | Parameters): Promise<FitResult | Parameters> {
    const { secure, runId } = this;
    const after = isFitResult(result) ? result.parameters : result;
    if (secure === null || runId === null) throw invalidArgument("secure", "set up at this site", "nothing");
    const parameters = await secure.mask(runId, round, before, after);
    return isFitResult(result) ? { ...result, parameters } : parameters;
  }

  async #keep(round: number, result: FitResult | Parameters): Promise<Answer> {
    const whole = isFitResult(result) ? result : { parameters: result };
    const { stepsTaken = 0, privacy = null } = whole;
    if (parseSteps(stepsTaken, "fit().stepsTaken") > maxUint32 || (privacy !== null && !isSitePrivacy(privacy))) {
      throw invalidArgument("fit().privacy", "ordered bounds, a delta in (0, 1), a known relation and unit", "others");
    }
    const facts = { round, stepsTaken, privacy };
    const tensors = outgoingTensors(whole.parameters, "fit().parameters");
    // before the outbox has it: what is kept there leaves after a crash without another question
    await this.client.leaving?.(round, tensors.manifest);
    return await this.#outbox.keep(facts, tensors);
  }
}

function isFitResult(result: FitResult | Parameters): result is FitResult {
  return !Array.isArray(result);
}
