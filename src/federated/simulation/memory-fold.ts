import { PrivacyError } from "../../core/index.ts";
import { type Combination, combinationOf, combineIntegers, statisticsOf, trimmedMeans } from "../combination.ts";
import { writeFloats } from "../elements.ts";
import { squaredDistance } from "../fold-sources.ts";
import { type Moments, type OptimizerRule, firstMoments, hasOptimizer, optimizerStep } from "../server-optimizer.ts";
import { type Rule, fewestUpdates } from "../strategy.ts";
import { type MemoryModel, floatTensors } from "./memory-model.ts";

/** One usable update of a round. */
export interface MemoryUpdate {
  readonly bytes: readonly Uint8Array[];
  readonly weight: number;
  readonly loss: number;
}

/**
 * Folds a round in memory by the same rules as a coordinator folds spool files, to the same bytes. The optimizer's moments live
 * here from round to round.
 */
export class MemoryFold {
  readonly #rule: Rule;
  #moments: Moments[] | null = null;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  /**
   * @param updates - in the order of their clients, weights > 0.
   * @returns the next model, or null when there are fewer updates than the rule needs: the model stays.
   * @throws PrivacyError `numerical_failure` when the next model is not finite.
   */
  next(model: MemoryModel, updates: readonly MemoryUpdate[]): MemoryModel | null {
    if (updates.length < fewestUpdates(this.#rule)) return null;
    const { manifest } = model;
    const before = floatTensors(model);
    const columns = updates.map(({ bytes }) => floatTensors({ manifest, bytes }));
    const combination = combinationOf(this.#rule, this.#facts(updates, before, columns));
    const bytes = manifest.map((_, i) => new Uint8Array(model.bytes[i].length));
    const means = before.map((tensor, t) =>
      combineTensor(
        combination,
        tensor,
        columns.map((all) => all[t]),
      ),
    );
    if (hasOptimizer(this.#rule)) this.#step(this.#rule, before, means);
    let float = 0;
    for (const [i, { dtype }] of manifest.entries()) {
      if (dtype === "float32" || dtype === "float64") {
        if (!writeFloats(dtype, bytes[i], means[float++])) throw notFinite(this.#rule);
      } else combineIntegers(dtype, counted(combination, updates, i), integerRule(combination), bytes[i]);
    }
    return { manifest: manifest.map(({ name, dtype, shape }) => ({ name, dtype, shape })), bytes };
  }

  #facts(
    updates: readonly MemoryUpdate[],
    before: readonly (Float32Array | Float64Array)[],
    columns: readonly (readonly (Float32Array | Float64Array)[])[],
  ): Parameters<typeof combinationOf>[1] {
    const statistics = statisticsOf(this.#rule);
    const distance = (a: typeof before, b: typeof before): number =>
      a.reduce((sum, tensor, t) => sum + squaredDistance(tensor, b[t]), 0);
    return {
      weights: updates.map(({ weight }) => weight),
      losses: updates.map(({ loss }) => loss),
      squaredChanges: statistics === "changes" ? columns.map((after) => distance(before, after)) : [],
      squaredDistances:
        statistics === "distances" ? columns.map((a, i) => columns.map((b, j) => (i === j ? 0 : distance(a, b)))) : [],
    };
  }

  #step(rule: OptimizerRule, before: readonly (Float32Array | Float64Array)[], means: readonly Float64Array[]): void {
    this.#moments ??= before.map(({ length }) => {
      const moments = { first: new Float64Array(length), second: new Float64Array(length) };
      firstMoments(rule, moments);
      return moments;
    });
    for (const [t, mean] of means.entries()) optimizerStep(rule, before[t], mean, this.#moments[t]);
  }
}

function combineTensor(
  combination: Combination,
  before: Float32Array | Float64Array,
  columns: readonly (Float32Array | Float64Array)[],
): Float64Array {
  const sum = new Float64Array(before.length);
  if (combination.kind === "order") {
    trimmedMeans([...columns], combination.trimmed, sum);
    return sum;
  }
  for (const [k, coefficient] of combination.coefficients.entries()) {
    if (coefficient !== 0) addScaled(sum, coefficient, columns[k]);
  }
  if (combination.base !== 0) addScaled(sum, combination.base, before);
  for (let i = 0; i < sum.length; i++) sum[i] /= combination.divisor;
  return sum;
}

function addScaled(sum: Float64Array, coefficient: number, values: Float32Array | Float64Array): void {
  for (let i = 0; i < values.length; i++) sum[i] += coefficient * values[i];
}

/** The bytes of one integer tensor in the updates that count. */
function counted(combination: Combination, updates: readonly MemoryUpdate[], tensor: number): Uint8Array[] {
  const isCounted = (k: number): boolean => combination.kind === "order" || combination.coefficients[k] !== 0;
  return updates.filter((_, k) => isCounted(k)).map(({ bytes }) => bytes[tensor]);
}

const integerRule = (combination: Combination): "largest" | "lower-median" =>
  combination.kind === "order" ? "lower-median" : combination.integers;

function notFinite(rule: Rule): PrivacyError<"numerical_failure"> {
  const text = `${rule.kind} was to give a finite model and gave none; lower the coordinator's learning rate`;
  return new PrivacyError("numerical_failure", text, { routine: "MemoryFold", reason: "not finite" });
}
