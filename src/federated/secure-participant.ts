import type { KeyObject } from "node:crypto";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type DpEvent, canonicalJson, selfComposed } from "../events/index.ts";
import { floatValues } from "./float-values.ts";
import type { Parameters } from "./parameters.ts";
import type { RunLedger } from "./run-ledger.ts";
import { type SecureSite, type PinnedSites, type SecureRound, fixedPoint, openSecureSite } from "./secagg/index.ts";
import {
  type SecureAnswerStep,
  type SecureOrderStep,
  type SecureRoundPlan,
  maskedTensor,
  noiseText,
  secureTerms,
} from "./secure-messages.ts";
import { type SiteNoise, honestSurvivorsOf, rotationKeyOf, siteNoiseEvent, siteNoiseMechanism } from "./site-noise.ts";
import { type NoiseFloor, checkNoise, noiseRefused } from "./site-noise-floor.ts";

export interface ParticipantOptions {
  readonly site: string;
  /** Ed25519. */
  readonly identity: KeyObject;
  /** The other sites' keys, exchanged out of band. */
  readonly pinned: PinnedSites;
  /** Fewer sites in a round are refused: the sum of few tells much of each. */
  readonly minimumCohort: number;
  /** In (0, 1): rounds are refused in which this site could have a larger share of the weight of a sum. */
  readonly maximumShare: number;
  readonly random: RandomSource;
  /** Set where the site takes part only in rounds in which every site adds noise, and pays for them. */
  readonly noise?: NoiseDuty;
  /** See `SecureSiteOptions.enter`. */
  readonly enter: (round: SecureRound) => void | Promise<void>;
}

/** What a site wants of noise, and where it writes down what the sums cost it. */
export interface NoiseDuty {
  /** Null: any noise that the ledger has room for. */
  readonly floor: NoiseFloor | null;
  /** Opens the site's account for a run. @throws PrivacyError `budget_exceeded` among others: then the site sits out. */
  readonly openLedger: (run: string, event: DpEvent, rounds: number) => Promise<RunLedger>;
  /** The account that an earlier process of the site had for the run; null where there is none. */
  readonly findLedger: (run: string) => Promise<RunLedger | null>;
}

/** One round that the site has entered. */
interface Entered {
  readonly run: string;
  readonly round: number;
  readonly plan: SecureRoundPlan;
  readonly secure: SecureSite;
  /** Set once it is known whose masks count: the update can be masked. */
  participants: readonly string[] | null;
}

/** The account of the run that the site pays for. */
interface Account {
  readonly run: string;
  readonly ledger: RunLedger;
}

/** A site's part in the secure rounds of a run. What breaks the protocol ends the round for this site, never the run. */
export class SecureParticipant {
  readonly #options: ParticipantOptions;
  #entered: Entered | null = null;
  #account: Account | null = null;
  #announced: { readonly noise: SiteNoise | null; readonly rounds: number } = { noise: null, rounds: 0 };

  constructor(options: ParticipantOptions) {
    this.#options = options;
  }

  /** What the run said of itself before its first round, and the site's policy has judged: no round is entered with other noise. */
  announce(noise: SiteNoise | null, rounds: number): void {
    this.#announced = { noise, rounds };
  }

  /** What all planned sums of a run cost; null where no round with noise was entered, by this process or an earlier one. */
  async spend(run: string): Promise<{ readonly event: DpEvent; readonly honestSurvivors: number } | null> {
    const ledger = this.#account?.ledger ?? (await this.#options.noise?.findLedger(run)) ?? null;
    if (ledger === null) return null;
    this.#account ??= { run, ledger };
    const { event, rounds } = ledger;
    return { event: selfComposed(event, rounds), honestSurvivors: honestSurvivorsOf(event) };
  }

  /** @returns the answer, or null where none is due. @throws PrivacyError what breaks the protocol or the site's rules. */
  async take(run: string, round: number, step: SecureOrderStep): Promise<SecureAnswerStep | null> {
    if (step.kind === "plan") return await this.#enter(run, round, step);
    const entered = this.#roundOf(run, round);
    switch (step.kind) {
      case "keys":
        return { kind: "boxes", boxes: await entered.secure.share(step.keys) };
      case "boxes":
        return { kind: "complaints", complaints: entered.secure.open(step.boxes) };
      case "participants":
        entered.participants = step.sites;
        return null;
      case "survivors":
        return { kind: "attestation", attestation: entered.secure.attest(step.sites) };
      case "attestations": {
        const { seedShares, keyShares } = entered.secure.disclose(step.attestations);
        this.#entered = null;
        return { kind: "disclosure", seedShares, keyShares };
      }
    }
  }

  /** True when an update of this round could be masked, and the task is the one that all sites of the round were shown. */
  isReady(run: string, round: number, task: string): boolean {
    const entered = this.#entered;
    return (
      entered?.run === run && entered.round === round && entered.participants !== null && entered.plan.task === task
    );
  }

  /**
   * The change from one model to the next, in fixed point or with noise, and masked: one int32 tensor. Integer tensors stay at the
   * site. With noise the round is in the site's ledger before any is drawn, and a change that is not finite counts as none: that it
   * was not is nobody's to know.
   *
   * @throws PrivacyError `invalid_state` unless `isReady`; `protocol_violation`; `invalid_argument` when the models differ in size;
   *   `budget_exceeded` when every planned round was spent.
   */
  async mask(run: string, round: number, before: Float64Array, after: Parameters): Promise<Parameters> {
    const { plan, secure, participants } = this.#roundOf(run, round);
    const change = floatValues(after);
    const wanted = plan.noise === null ? plan.length : before.length;
    if (participants === null || change.length !== before.length || change.length !== wanted) {
      throw invalidArgument("fit().parameters", `${wanted} elements in float tensors`, `${change.length}`);
    }
    for (let i = 0; i < change.length; i++) change[i] -= before[i];
    const { noise } = plan;
    const words =
      noise === null ? this.#rounded(plan, change) : await this.#noised({ run, round }, plan, noise, change);
    secure.mask(words, participants);
    const data = new Int32Array(words.buffer, words.byteOffset, words.length);
    return [{ name: maskedTensor, dtype: "int32", shape: [data.length], data }];
  }

  /** Gives the run's account back. @param isFinished - false where a later process may go on with the run. */
  async close(isFinished: boolean): Promise<void> {
    const account = this.#account;
    this.#account = null;
    await account?.ledger.close(isFinished);
  }

  #rounded({ range, cohort, weights }: SecureRoundPlan, change: Float64Array): Uint32Array {
    const weight = weights[cohort.indexOf(this.#options.site)];
    // cut off before it is weighted: a light site has no wider range than a heavy one
    for (let i = 0; i < change.length; i++) change[i] = weight * Math.min(range, Math.max(-range, change[i]));
    return fixedPoint({ range, sites: cohort.length }).encode(change, this.#options.random);
  }

  async #noised(
    place: { run: string; round: number },
    { task, length }: SecureRoundPlan,
    noise: SiteNoise,
    change: Float64Array,
  ): Promise<Uint32Array> {
    const account = this.#account;
    if (account?.run !== place.run) throw noiseRefused("no account of this run is open at this site");
    if (!change.every(Number.isFinite)) change.fill(0);
    const { encode, words } = siteNoiseMechanism(noise, change.length, rotationKeyOf(place, task));
    // what was priced is the plan's length
    if (words !== length) throw invalidArgument("plan.length", `the model's ${words} words`, length);
    // on the disk before any noise is drawn: a crash leaves the round spent
    return await account.ledger.spend(() => Promise.resolve(encode(change, this.#options.random)));
  }

  async #enter(run: string, round: number, plan: SecureRoundPlan): Promise<SecureAnswerStep> {
    const { minimumCohort: _least, maximumShare: _most, noise: _duty, ...options } = this.#options;
    const { cohort, threshold, length } = plan;
    const terms = secureTerms(plan);
    this.#judge(plan);
    await this.#openAccount(run, plan);
    this.#entered = null;
    const secure = await openSecureSite({ ...options, round: { run, round, cohort, threshold, length, terms } });
    this.#entered = { run, round, plan, secure, participants: null };
    return { kind: "keys", keys: secure.advertise() };
  }

  /** @throws PrivacyError for a plan that the site's rules forbid. */
  #judge(plan: SecureRoundPlan): void {
    const { minimumCohort, maximumShare, site, noise: duty } = this.#options;
    const { cohort, weights, threshold, range, noise } = plan;
    if (weights.length !== cohort.length || !weights.every((weight) => weight > 0 && weight <= 1)) {
      throw invalidArgument("weights", "one in (0, 1] for each site", "others");
    }
    if (cohort.length < minimumCohort || threshold < minimumCohort) {
      const expected = `at least ${minimumCohort} sites that stay to the end`;
      throw invalidArgument("cohort", expected, threshold, "the site's rule");
    }
    const share = largestShare(plan, site);
    if (!(share <= maximumShare)) {
      const expected = `such that this site has at most ${maximumShare} of any sum`;
      throw invalidArgument("weights", expected, share, "the sum would be little else than its change");
    }
    if ((noise === null) !== (duty === undefined)) {
      throw noiseRefused(
        noise === null ? "the round would be without noise" : "this site has no account for its noise",
      );
    }
    const { noise: announced, rounds } = this.#announced;
    if (noiseText(noise) !== noiseText(announced)) throw noiseRefused("the noise is not what the run announced");
    if (noise !== null && noise.rounds !== rounds) {
      throw noiseRefused(`${noise.rounds} rounds would be paid for and the run has ${rounds}`);
    }
    // refuses a range that is none
    if (noise === null) return void fixedPoint({ range, sites: cohort.length });
    if (!weights.every((weight) => weight === 1))
      throw invalidArgument("weights", "1 for each site with noise", "others");
    checkNoise(duty?.floor ?? null, noise, threshold);
  }

  /** Once for a run: what every later round costs must be the same. */
  async #openAccount(run: string, { noise, length }: SecureRoundPlan): Promise<void> {
    const { noise: duty } = this.#options;
    if (noise === null || duty === undefined) return;
    // every length in (words/2, words] has this price: the event knows the padded length alone
    const event = siteNoiseEvent(noise, length);
    if (this.#account?.run === run && canonicalJson(this.#account.ledger.event) === canonicalJson(event)) return;
    if (this.#account !== null) throw noiseRefused("the noise is not what the run began with");
    this.#account = { run, ledger: await duty.openLedger(run, event, noise.rounds) };
  }

  #roundOf(run: string, round: number): Entered {
    if (this.#entered?.run === run && this.#entered.round === round) return this.#entered;
    throw new PrivacyError(
      "invalid_state",
      "a secure round was to go on that this site is not in; it drops out of it",
      {
        object: "secure round",
        state: "not entered",
      },
    );
  }
}

/** The share of a site in a sum, should the lightest of the others be those that stay. */
function largestShare({ cohort, weights, threshold }: SecureRoundPlan, site: string): number {
  const own = weights[cohort.indexOf(site)] ?? Infinity;
  const others = weights.filter((_, i) => cohort[i] !== site).toSorted((a, b) => a - b);
  return own / others.slice(0, threshold - 1).reduce((sum, weight) => sum + weight, own);
}
