import type { KeyObject } from "node:crypto";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { floatValues } from "./float-values.ts";
import type { Parameters } from "./parameters.ts";
import { type SecureSite, type PinnedSites, type SecureRound, fixedPoint, openSecureSite } from "./secagg/index.ts";
import {
  type SecureAnswerStep,
  type SecureOrderStep,
  type SecureRoundPlan,
  maskedTensor,
  secureTerms,
} from "./secure-messages.ts";

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
  /** See `SecureSiteOptions.enter`. */
  readonly enter: (round: SecureRound) => void | Promise<void>;
}

/** One round that the site has entered. */
interface Entered {
  readonly run: string;
  readonly round: number;
  readonly plan: SecureRoundPlan;
  readonly secure: SecureSite;
  /** Set once everybody's shares are here: the update can be masked. */
  boxes: Extract<SecureOrderStep, { kind: "boxes" }>["boxes"] | null;
}

/** A site's part in the secure rounds of a run. What breaks the protocol ends the round for this site, never the run. */
export class SecureParticipant {
  readonly #options: ParticipantOptions;
  #entered: Entered | null = null;

  constructor(options: ParticipantOptions) {
    this.#options = options;
  }

  /** @returns the answer, or null where none is due. @throws PrivacyError what breaks the protocol or the site's rules. */
  async take(run: string, round: number, step: SecureOrderStep): Promise<SecureAnswerStep | null> {
    if (step.kind === "plan") return await this.#enter(run, round, step);
    const entered = this.#roundOf(run, round);
    switch (step.kind) {
      case "keys":
        return { kind: "boxes", boxes: await entered.secure.share(step.keys) };
      case "boxes":
        entered.boxes = step.boxes;
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
    return entered?.run === run && entered.round === round && entered.boxes !== null && entered.plan.task === task;
  }

  /**
   * The change from one model to the next, in fixed point and masked: one int32 tensor. Integer tensors stay at the site.
   *
   * @throws PrivacyError `invalid_state` unless `isReady`; `protocol_violation`; `invalid_argument` when the models differ in size.
   */
  mask(run: string, round: number, before: Float64Array, after: Parameters): Parameters {
    const { plan, secure, boxes } = this.#roundOf(run, round);
    const change = floatValues(after);
    if (boxes === null || change.length !== before.length || change.length !== plan.length) {
      throw invalidArgument("fit().parameters", `${plan.length} elements in float tensors`, `${change.length}`);
    }
    const { range, cohort, weights } = plan;
    const weight = weights[cohort.indexOf(this.#options.site)];
    // cut off before it is weighted: a light site has no wider range than a heavy one
    for (let i = 0; i < change.length; i++) {
      change[i] = weight * Math.min(range, Math.max(-range, change[i] - before[i]));
    }
    const words = fixedPoint({ range, sites: cohort.length }).encode(change, this.#options.random);
    secure.mask(words, boxes);
    const data = new Int32Array(words.buffer, words.byteOffset, words.length);
    return [{ name: maskedTensor, dtype: "int32", shape: [data.length], data }];
  }

  async #enter(run: string, round: number, plan: SecureRoundPlan): Promise<SecureAnswerStep> {
    const { minimumCohort, maximumShare, ...options } = this.#options;
    const { cohort, weights, threshold, length, range } = plan;
    const terms = secureTerms(plan);
    if (weights.length !== cohort.length || !weights.every((weight) => weight > 0 && weight <= 1)) {
      throw invalidArgument("weights", "one in (0, 1] for each site", "others");
    }
    if (cohort.length < minimumCohort || threshold < minimumCohort) {
      throw invalidArgument(
        "cohort",
        `at least ${minimumCohort} sites that stay to the end`,
        threshold,
        "the site's rule",
      );
    }
    const share = largestShare(plan, options.site);
    if (!(share <= maximumShare)) {
      const expected = `such that this site has at most ${maximumShare} of any sum`;
      throw invalidArgument("weights", expected, share, "the sum would be little else than its change");
    }
    // refuses a range that is none
    fixedPoint({ range, sites: cohort.length });
    this.#entered = null;
    const secure = await openSecureSite({ ...options, round: { run, round, cohort, threshold, length, terms } });
    this.#entered = { run, round, plan, secure, boxes: null };
    return { kind: "keys", keys: secure.advertise() };
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
