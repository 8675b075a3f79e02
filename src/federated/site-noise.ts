import { createHash } from "node:crypto";
import { type Guarantee, account, calibrate } from "../accounting/index.ts";
import { invalidArgument, parseDelta, parsePositiveInteger } from "../core/index.ts";
import { type DpEvent, selfComposed } from "../events/index.ts";
import { type DistributedGaussian, distributedGaussian, smallestThreshold } from "./secagg/index.ts";
import { assuming } from "./assuming.ts";
import { madePlan } from "./made-plan.ts";
import { mostSecureSites } from "./secure-limits.ts";

/** What all sites of a run with noise from the sites are told, and sign with their keys. */
export interface SiteNoise {
  /** Rounds that each site plans and pays for. */
  readonly rounds: number;
  /** A site's whole change is scaled down to this L2 norm at most, in [1e-12, 1e12]. */
  readonly l2ClipNorm: number;
  /** z: standard deviation of the noise of `honestSurvivors` sites together over the clip norm, > 0. */
  readonly noiseMultiplier: number;
  /** How many sites of each released sum are taken to draw their noise as agreed and to keep it to themselves. */
  readonly honestSurvivors: number;
}

export interface SiteNoisePlanOptions extends SiteNoise {
  /** Elements of all float tensors of the model, in [1, 2^28]. */
  readonly elements: number;
  /** Sites in the smallest round, 3 to 255: no smaller one is begun. */
  readonly minClients: number;
  readonly delta: number;
}

/**
 * The one object that says which noise every site adds and what the released sums cost. Unit: the site (`"client"`).
 * Neighboring: zero-out, a site's changes against none.
 */
export interface SiteNoisePlan extends SiteNoise {
  readonly version: "site-noise-plan/v1";
  readonly unit: "client";
  readonly neighboring: "zero-out";
  readonly elements: number;
  readonly minClients: number;
  readonly delta: number;
  /** Standard deviation of one site's own noise over the clip norm: z / √honestSurvivors. */
  readonly noiseShare: number;
  /** Sites that stay to the end of the smallest round at least. */
  readonly survivors: number;
  /** Sites of a round that may collude, with one another, the coordinator, or by reading the models. */
  readonly mostColluders: number;
  /** The distance of two neighboring values of the ring, in the model's units. */
  readonly granularity: number;
  /** Probability, at most, that an element of one round's sum of honest vectors wraps around. It harms the model, not privacy. */
  readonly wrapProbability: number;
  /** One round, and all of them. */
  readonly roundEvent: DpEvent;
  readonly event: DpEvent;
  /** What has to be true for the guarantee, in sentences. */
  readonly assumptions: readonly string[];
  /** Holds against everybody who sees the sums, the coordinator among them; `assumptions` are its first caveats. */
  readonly guarantee: () => Guarantee;
}

/** Beyond 8 deviations a sum of sub-Gaussian signs and noise lies with probability 2e^(−8²/2) at most. */
const beyondRing = 2 * Math.exp(-32);

/**
 * Plans noise that the sites of secure rounds draw themselves, each 1/√honestSurvivors of what is priced.
 *
 * @throws PrivacyError `invalid_argument` naming the option that is out of its range, or when the ring is too small.
 * @guarantee `event` prices the sums of `rounds` secure rounds of at least `minClients` sites each, modulo 2^32, for any one site's
 *   change, against whoever sees them and at most `mostColluders` sites: each site's integer vector has a bounded norm by rejection
 *   (its growth by rounding is in the event), and each sum holds the noise of `honestSurvivors` honest sites. Who takes part and
 *   who drops out is not hidden.
 * @source Kairouz, Liu, Steinke 2021, arXiv:2102.06387v4, Algorithms 1 and 2, Prop. 14; Bonawitz, Ivanov, Kreuter et al. 2017,
 *   doi:10.1145/3133956.3133982, section 6 (fewer than 2·threshold − n colluders).
 */
export function planSiteNoise(options: SiteNoisePlanOptions): SiteNoisePlan {
  const { l2ClipNorm, noiseMultiplier, elements } = options;
  const rounds = parsePositiveInteger(options.rounds, "rounds");
  const delta = parseDelta(options.delta);
  const minClients = parsePositiveInteger(options.minClients, "minClients");
  if (!(minClients >= 3 && minClients <= mostSecureSites)) {
    throw invalidArgument("minClients", `3 to ${mostSecureSites} with noise from the sites`, minClients);
  }
  const honestSurvivors = parsePositiveInteger(options.honestSurvivors, "honestSurvivors");
  const survivors = smallestThreshold(minClients);
  if (honestSurvivors > survivors) {
    const advice = "more than that may not stay; ask for a larger minClients or assume fewer";
    throw invalidArgument(
      "honestSurvivors",
      `at most the ${survivors} that stay of ${minClients}`,
      honestSurvivors,
      advice,
    );
  }
  const noise = { rounds, l2ClipNorm, noiseMultiplier, honestSurvivors };
  const { event: roundEvent, granularity, words } = siteNoiseMechanism(noise, elements, new Uint8Array(32));
  const event = selfComposed(roundEvent, rounds);
  const mostColluders = colluders(minClients, honestSurvivors);
  const assumptions = Object.freeze(assumptionsOf(honestSurvivors, mostColluders));
  return madePlan({
    version: "site-noise-plan/v1" as const,
    unit: "client" as const,
    neighboring: "zero-out" as const,
    ...noise,
    elements,
    minClients,
    delta,
    noiseShare: noiseMultiplier / Math.sqrt(honestSurvivors),
    survivors,
    mostColluders,
    granularity,
    wrapProbability: Math.min(1, words * beyondRing),
    roundEvent,
    event,
    assumptions,
    guarantee: () => assuming(account(event, { neighboring: "zero-out" }).guarantee({ delta }), assumptions),
  });
}

/**
 * The least noise multiplier whose plan costs at most the target.
 *
 * @throws PrivacyError as planSiteNoise; `invalid_argument` for a target that no noise of the ring reaches.
 * @guarantee By the accountant's certified upper bound at the value returned.
 */
export function siteNoiseMultiplier(
  options: Omit<SiteNoisePlanOptions, "noiseMultiplier"> & { readonly targetEpsilon: number },
): number {
  const { targetEpsilon, delta, ...rest } = options;
  const template = (noiseMultiplier: number): DpEvent => planSiteNoise({ ...rest, delta, noiseMultiplier }).event;
  const sought = { template, increasing: false, bracket: [1e-3, 1e4], targetEpsilon, delta } as const;
  return calibrate({ ...sought, neighboring: "zero-out" }).value;
}

/** What one round of a run encodes and decodes with; the price is the same in all of them. @throws PrivacyError as planSiteNoise. */
export function siteNoiseMechanism(
  { l2ClipNorm, noiseMultiplier, honestSurvivors }: SiteNoise,
  elements: number,
  rotationKey: Uint8Array,
): DistributedGaussian {
  // the ring holds the largest round, so that neither grid nor price depend on who is there
  const ring = { survivors: honestSurvivors, sites: mostSecureSites };
  return distributedGaussian({ length: elements, l2ClipNorm, noiseMultiplier, ...ring, rotationKey });
}

/** The event that a site is charged with for one round, from what it was told. @throws PrivacyError as planSiteNoise. */
export function siteNoiseEvent(noise: SiteNoise, elements: number): DpEvent {
  return siteNoiseMechanism(noise, elements, new Uint8Array(32)).event;
}

/** How many honest sites the price of a round counts on, from that price. */
export function honestSurvivorsOf(event: DpEvent): number {
  if (event.kind === "discrete-gaussian-sum") return event.summands;
  throw invalidArgument("event", "a sum of discrete Gaussians", event.kind);
}

/** Public signs of a round's rotation: known to all sites and the coordinator, and to nobody before the round's task was. */
export function rotationKeyOf({ run, round }: { run: string; round: number }, task: string): Uint8Array {
  const text = JSON.stringify(["sordino-rotation/v1", run, round, task]);
  return new Uint8Array(createHash("sha256").update(text).digest());
}

/** Of every size of a round from the smallest on: what the honest survivors and what the masks leave room for. */
function colluders(minClients: number, honestSurvivors: number): number {
  let most = Infinity;
  for (let n = minClients; n <= mostSecureSites; n++) {
    const threshold = smallestThreshold(n);
    most = Math.min(most, threshold - honestSurvivors, 2 * threshold - n - 1);
  }
  return most;
}

/** What a site that was told of the noise can say of whom it counts on. */
export function honestyOf(honestSurvivors: number): string[] {
  return [
    "the coordinator need not be honest about noise: each site draws its own before it masks its change",
    `of every released sum at least ${honestSurvivors} honest survivors are assumed: sites that draw their noise and keep it to themselves`,
  ];
}

function assumptionsOf(honestSurvivors: number, mostColluders: number): string[] {
  return [
    ...honestyOf(honestSurvivors),
    `at most ${mostColluders} sites of a round collude, and whoever reads the models from inside a site counts as one of them`,
    "the sites have one another's keys from out of band, so that nobody sees less than a sum of two thirds of them",
    "who takes part in a round and who drops out of it is not hidden",
  ];
}
