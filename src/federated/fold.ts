import { createHash } from "node:crypto";
import { PrivacyError } from "../core/index.ts";
import {
  type Combination,
  type RoundFacts,
  combinationOf,
  combineIntegers,
  statisticsOf,
  trimmedMeans,
} from "./combination.ts";
import { writeFloats } from "./elements.ts";
import { FoldSources, floatSegments, floatsOf, part, squaredChanges, squaredDistances } from "./fold-sources.ts";
import { type TensorSpec, manifestBytes } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import { MomentFiles } from "./moment-files.ts";
import { type OptimizerRule, hasOptimizer, optimizerStep } from "./server-optimizer.ts";
import { type Span, isFloat } from "./spans.ts";
import { giveBuffer, takeBuffer } from "./spare-buffers.ts";
import { dropHeld, holdSpool } from "./spool-memory.ts";
import { SpoolWriter } from "./spool-writer.ts";
import { type Rule, fewestUpdates } from "./strategy.ts";

/** A whole and valid update in its spool file. */
export interface SpooledUpdate {
  readonly site: string;
  readonly path: string;
  /** Public, > 0. */
  readonly weight: number;
  /** The model's loss before the round on the site's public data; q-fed-avg only. */
  readonly loss?: number;
}

/** What a fold reads and where it writes. */
export interface FoldPlan {
  readonly rule: Rule;
  /** The model before the round. */
  readonly model: ModelFile;
  /** At least one, in any order: they are folded by site. */
  readonly updates: readonly SpooledUpdate[];
  /** The next model. */
  readonly path: string;
  /** The optimizer's moments before the round, null before the first, and after it. Rules without one touch neither. */
  readonly momentsBefore: string | null;
  readonly momentsAfter: string;
  /** True: what was written is on the disk when the fold returns. */
  readonly isDurable: boolean;
  /** True: the next model is held in memory, if there is room. */
  readonly isHeld?: boolean;
}

/**
 * Folds a round's updates from their spool files into the next model, span by span: memory holds a few MiB, whatever the
 * size of the model and the number of sites.
 *
 * Arithmetic is in binary64 and rounded once to the tensor's type. The updates are taken by site, so the same set of them
 * gives the same bytes in whatever order they arrived.
 *
 * @throws PrivacyError `invalid_state` without an update of positive weight, or with fewer than the rule needs;
 *   `numerical_failure` when the next model is not finite; `file_unreadable` when a spool file was cut short.
 */
export async function foldRound(plan: FoldPlan): Promise<ModelFile> {
  const updates = plan.updates.toSorted((a, b) => (a.site < b.site ? -1 : 1));
  if (updates.length < fewestUpdates(plan.rule) || updates.some((u) => !(u.weight > 0))) {
    const text = `${plan.rule.kind} needs ${fewestUpdates(plan.rule)} updates of positive weight; keep the model`;
    throw new PrivacyError("invalid_state", text, { object: "fold", state: "without enough updates" });
  }
  const isOrdered = plan.rule.kind === "median" || plan.rule.kind === "trimmed-mean";
  const isTogether = isOrdered || statisticsOf(plan.rule) === "distances";
  const paths = updates.map((u) => u.path);
  const sources = await FoldSources.open(plan.model, paths, isTogether);
  try {
    const combination = combinationOf(plan.rule, await factsOf(plan.rule, updates, sources));
    return await writeModel(plan, sources, combination);
  } finally {
    await sources.close();
  }
}

async function factsOf(rule: Rule, updates: readonly SpooledUpdate[], sources: FoldSources): Promise<RoundFacts> {
  const statistics = statisticsOf(rule);
  return {
    weights: updates.map((u) => u.weight),
    losses: updates.map((u) => u.loss ?? 0),
    squaredChanges: statistics === "changes" ? await squaredChanges(sources) : [],
    squaredDistances: statistics === "distances" ? await squaredDistances(sources) : [],
  };
}

async function writeModel(plan: FoldPlan, sources: FoldSources, combination: Combination): Promise<ModelFile> {
  const { manifest } = plan.model;
  const hashes = manifest.map(() => createHash("sha256"));
  const { rule } = plan;
  const held = plan.isHeld === true ? holdSpool(plan.path, manifestBytes(manifest)) : null;
  const output = held === null ? await SpoolWriter.create(plan.path) : null;
  const moments = hasOptimizer(rule) ? await MomentFiles.open(rule, manifest, plan) : null;
  const buffer = takeBuffer(held === null ? sources.spanBytes : 0);
  // every element is at least 4 bytes
  const sums = new Float64Array(sources.spanBytes / 4);
  try {
    for (const span of sources.spans()) {
      const bytes = (held?.subarray(span.at, span.at + span.length) ?? buffer.subarray(0, span.length)).fill(0);
      const floats = await combineFloats(sources, span, combination, { sums, integers: bytes });
      if (moments !== null && hasOptimizer(rule)) await stepMoments(rule, moments, sources, span, floats);
      for (const [i, s] of floatSegments(span).entries()) {
        if (!writeFloats(s.dtype as "float32" | "float64", part(bytes, s), floats[i])) throw notFinite(rule);
      }
      for (const s of span.segments) hashes[s.tensor].update(part(bytes, s));
      await output?.append(bytes);
    }
    if (plan.isDurable) await Promise.all([output?.sync(), moments?.sync()]);
  } catch (error) {
    dropHeld(plan.path, false);
    throw error;
  } finally {
    await Promise.all([output?.close(), moments?.close()]);
    giveBuffer(buffer);
  }
  const next = manifest.map((spec, i): TensorSpec => ({ ...spec, sha256: hashes[i].digest() }));
  return new ModelFile(plan.path, next);
}

/** The combined float segments in binary64, parts of `room.sums`; integer segments go to `room.integers` at once. */
async function combineFloats(
  sources: FoldSources,
  span: Span,
  combination: Combination,
  room: { readonly sums: Float64Array; readonly integers: Uint8Array },
): Promise<Float64Array[]> {
  const segments = floatSegments(span);
  let at = 0;
  const sums = segments.map((s) => {
    const length = s.length / (s.dtype === "float32" ? 4 : 8);
    at += length;
    return room.sums.subarray(at - length, at).fill(0);
  });
  if (combination.kind === "order") {
    const all = await sources.together(span);
    const columnsOf = (i: number): (Float32Array | Float64Array)[] => all.map((b) => floatsOf(b, segments[i]));
    for (const [i, sum] of sums.entries()) trimmedMeans(columnsOf(i), combination.trimmed, sum);
    pickIntegers(span, all, "lower-median", room.integers);
    return sums;
  }
  const { coefficients, base, divisor, integers } = combination;
  const counted: Uint8Array[] = [];
  for (const [k, coefficient] of coefficients.entries()) {
    if (coefficient === 0) continue;
    const bytes = await sources.update(k, span);
    for (const [i, s] of segments.entries()) addScaled(sums[i], coefficient, floatsOf(bytes, s));
    counted.push(bytes);
  }
  const before = base === 0 ? null : await sources.before(span);
  for (const [i, s] of segments.entries()) {
    if (before !== null) addScaled(sums[i], base, floatsOf(before, s));
    divide(sums[i], divisor);
  }
  pickIntegers(span, counted, integers, room.integers);
  return sums;
}

function pickIntegers(span: Span, all: readonly Uint8Array[], how: "largest" | "lower-median", out: Uint8Array): void {
  for (const s of span.segments) {
    if (isFloat(s.dtype)) continue;
    const columns = all.map((bytes) => part(bytes, s));
    combineIntegers(s.dtype, columns, how, part(out, s));
  }
}

/** Integer coefficients below 2^29 make the products exact for float32. */
function addScaled(sums: Float64Array, coefficient: number, values: Float32Array | Float64Array): void {
  const inFours = values.length - (values.length % 4);
  // a third faster than one by one
  for (let i = 0; i < inFours; i += 4) {
    sums[i] += coefficient * values[i];
    sums[i + 1] += coefficient * values[i + 1];
    sums[i + 2] += coefficient * values[i + 2];
    sums[i + 3] += coefficient * values[i + 3];
  }
  for (let i = inFours; i < values.length; i++) sums[i] += coefficient * values[i];
}

function divide(sums: Float64Array, divisor: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] /= divisor;
}

async function stepMoments(
  rule: OptimizerRule,
  moments: MomentFiles,
  sources: FoldSources,
  span: Span,
  floats: readonly Float64Array[],
): Promise<void> {
  const before = await sources.before(span);
  for (const [i, s] of floatSegments(span).entries()) {
    const present = await moments.read(s.floatIndex, floats[i].length);
    optimizerStep(rule, floatsOf(before, s), floats[i], present);
    await moments.write(s.floatIndex, present);
  }
}

function notFinite(rule: Rule): PrivacyError<"numerical_failure"> {
  const text = `${rule.kind} was to give a finite model and gave none; the model stays, lower the coordinator's learning rate`;
  return new PrivacyError("numerical_failure", text, { routine: "foldRound", reason: "not finite" });
}
