import { invalidArgument, parseL2ClipNorm, parseSteps } from "../core/index.ts";
import { type ClipPolicy, parseClipPolicy } from "./clip-policy.ts";
import { type NoisePolicy, parseNoisePolicy } from "./noise-policy.ts";
import { type Sampling, parseSampling } from "./sampling.ts";

/** The choices that a price depends on, checked one by one and together. */
export interface ParsedMechanics {
  readonly sampling: Sampling;
  readonly clip: ClipPolicy;
  readonly noise: NoisePolicy;
  readonly steps: number;
}

/** What a plan takes of its mechanics, with the short forms. */
export interface MechanicsOptions {
  readonly sampling?: Sampling | undefined;
  /** Short for `sampling: { kind: "poisson", expectedBatchSize }`. */
  readonly expectedBatchSize?: number | undefined;
  readonly clip?: ClipPolicy | undefined;
  /** Short for `clip: { kind: "flat", l2ClipNorm }`. */
  readonly l2ClipNorm?: number | undefined;
  /** The grid Gaussian unless stated. */
  readonly noise?: NoisePolicy | undefined;
}

/**
 * Resolves short forms and checks every range. Nothing here needs a model.
 *
 * @throws PrivacyError `invalid_argument`, naming the field.
 */
export function parseMechanics(options: MechanicsOptions, datasetSize: number, wanted: number): ParsedMechanics {
  const steps = parseSteps(wanted);
  const { l2ClipNorm } = options;
  requireOnce("l2ClipNorm", "clip", l2ClipNorm, options.clip);
  const clip = options.clip ?? { kind: "flat", l2ClipNorm: parseL2ClipNorm(l2ClipNorm) };
  const parsed = {
    sampling: resolveSampling(options, datasetSize),
    clip: parseClipPolicy(clip, steps),
    noise: parseNoisePolicy(options.noise === undefined ? { kind: "grid-gaussian" } : options.noise, steps),
    steps,
  };
  refuseMoving(parsed.clip, parsed.noise);
  return parsed;
}

/** The sampling of either form. @throws PrivacyError `invalid_argument`, naming the field. */
export function resolveSampling(options: MechanicsOptions, datasetSize: number): Sampling {
  const { sampling, expectedBatchSize } = options;
  requireOnce("expectedBatchSize", "sampling", expectedBatchSize, sampling);
  return parseSampling(sampling ?? { kind: "poisson", expectedBatchSize: expectedBatchSize as number }, datasetSize);
}

function requireOnce(short: string, long: string, a: unknown, b: unknown): void {
  if ((a === undefined) !== (b === undefined)) return;
  const got = a === undefined ? "neither" : "both";
  throw invalidArgument(short, `given once: at the top level or in ${long}`, got);
}

/** What rests on one sensitivity in one unit takes a clip that stays. */
function refuseMoving(clip: ClipPolicy, noise: NoisePolicy): void {
  if (noise.kind === "grid-gaussian" || isFixed(clip)) return;
  const advice = 'use "grid-gaussian", whose noise follows the norm';
  throw invalidArgument("clip", `one that does not move, with "${noise.kind}" noise`, clip.kind, advice);
}

const isFixed = (clip: ClipPolicy): boolean => clip.kind !== "adaptive" && clip.schedule === undefined;

export const isStateless: (clip: ClipPolicy, noise: NoisePolicy) => boolean = (clip, noise) =>
  isFixed(clip) && noise.kind === "grid-gaussian" && noise.schedule === undefined;
