import { readBigInts } from "./elements.ts";
import type { ParameterDtype } from "./parameters.ts";
import type { Rule } from "./strategy.ts";

/** What is known about one round's usable updates, in the order of their sites. */
export interface RoundFacts {
  /** Public, each > 0. */
  readonly weights: readonly number[];
  /** Public losses of the model before the round; q-fed-avg only. */
  readonly losses: readonly number[];
  /** ‖xₖ − x‖², over float tensors; q-fed-avg only. */
  readonly squaredChanges: readonly number[];
  /** ‖xᵢ − xⱼ‖², over float tensors; Krum and the geometric median only. */
  readonly squaredDistances: readonly (readonly number[])[];
}

/** How one coordinate of the next model follows from the updates' and the present one. */
export type Combination =
  /** (base·x + Σ cₖ·xₖ) / divisor. Integer tensors: the largest among updates of cₖ > 0, or the lower median. */
  | {
      readonly kind: "linear";
      readonly base: number;
      readonly coefficients: readonly number[];
      readonly divisor: number;
      readonly integers: "largest" | "lower-median";
    }
  /** The mean of what is left without the `trimmed` smallest and largest. Integer tensors: the lower median. */
  | { readonly kind: "order"; readonly trimmed: number };

const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);

/** Which statistics of the updates a rule looks at before it combines them. */
export function statisticsOf(rule: Rule): "none" | "changes" | "distances" {
  switch (rule.kind) {
    case "q-fed-avg":
      return "changes";
    case "krum":
    case "multi-krum":
    case "geometric-median":
      return "distances";
    case "fed-avg":
    case "fed-prox":
    case "fed-avg-m":
    case "fed-adam":
    case "fed-yogi":
    case "fed-adagrad":
    case "median":
    case "trimmed-mean":
      return "none";
  }
}

/** What a rule does with one round's updates. Pure. */
export function combinationOf(rule: Rule, facts: RoundFacts): Combination {
  const n = facts.weights.length;
  switch (rule.kind) {
    case "fed-avg":
    case "fed-prox":
    case "fed-avg-m":
    case "fed-adam":
    case "fed-yogi":
    case "fed-adagrad":
      return linear(facts.weights, "largest");
    case "q-fed-avg":
      return fairCombination(rule, facts);
    case "median":
      return { kind: "order", trimmed: Math.floor((n - 1) / 2) };
    case "trimmed-mean":
      return { kind: "order", trimmed: Math.floor(rule.trimmedFraction * n) };
    case "krum":
      return linear(chosen(n, krumOrder(facts.squaredDistances, rule.byzantineSites).slice(0, 1)), "largest");
    case "multi-krum": {
      const kept = Math.min(rule.keptSites, n - rule.byzantineSites);
      return linear(chosen(n, krumOrder(facts.squaredDistances, rule.byzantineSites).slice(0, kept)), "largest");
    }
    case "geometric-median":
      return linear(weiszfeld(facts.squaredDistances, rule), "lower-median");
  }
}

function linear(coefficients: readonly number[], integers: "largest" | "lower-median"): Combination {
  return { kind: "linear", base: 0, coefficients, divisor: sum(coefficients), integers };
}

function chosen(n: number, places: readonly number[]): number[] {
  return Array.from({ length: n }, (_, k) => (places.includes(k) ? 1 : 0));
}

/** A loss of 0 counts as this much, as in the authors' code: F^(q−1) is infinite there for q < 1. */
const smallestLoss = 1e-10;

/**
 * x − Σ pₖ·Fₖ^q·L·(x − xₖ) / Σ pₖ·(q·Fₖ^(q−1)·L²·‖x − xₖ‖² + L·Fₖ^q), with pₖ the weights (equal ones are the paper's).
 * Losses are taken relative to the largest, which cancels, so that no power overflows.
 *
 * @source Li et al. 2020, arXiv:1905.10497v2, Algorithm 2 and equation (5).
 */
function fairCombination({ q, lipschitz: L }: Rule & { kind: "q-fed-avg" }, facts: RoundFacts): Combination {
  const losses = facts.losses.map((loss) => Math.max(loss, smallestLoss));
  const largest = Math.max(...losses);
  const powers = losses.map((loss, k) => facts.weights[k] * (loss / largest) ** q);
  const coefficients = powers.map((power) => power * L);
  const steps = powers.map((power, k) => power * ((q * L * L * facts.squaredChanges[k]) / losses[k] + L));
  const divisor = sum(steps);
  return { kind: "linear", base: divisor - sum(coefficients), coefficients, divisor, integers: "largest" };
}

/** The updates by Krum score, the best first; of equal ones the first by site. */
export function krumOrder(squaredDistances: readonly (readonly number[])[], byzantineSites: number): number[] {
  const n = squaredDistances.length;
  const neighbors = Math.max(1, n - byzantineSites - 2);
  const scores = squaredDistances.map((row, i) => {
    const others = row.filter((_, j) => j !== i).toSorted((a, b) => a - b);
    return sum(others.slice(0, neighbors));
  });
  return scores.map((_, i) => i).toSorted((a, b) => scores[a] - scores[b] || a - b);
}

/**
 * The weights, summing to 1, whose mean of the points is their smoothed geometric median. The mean is never formed: its
 * distance to point k is Σⱼ aⱼ·dⱼₖ² − ½·Σᵢⱼ aᵢaⱼ·dᵢⱼ², so one pass over the updates serves all iterations.
 *
 * @source Pillutla, Kakade, Harchaoui 2022, arXiv:1912.13445v2, Algorithm 2 (there with a pass for each iteration).
 */
export function weiszfeld(
  squaredDistances: readonly (readonly number[])[],
  { smoothing, iterations }: { readonly smoothing: number; readonly iterations: number },
): number[] {
  const n = squaredDistances.length;
  const farthest = Math.sqrt(Math.max(...squaredDistances.flat()));
  let weights = Array.from({ length: n }, () => 1 / n);
  for (let i = 0; i < iterations; i++) {
    const moments = squaredDistances.map((row) => sum(row.map((d, j) => weights[j] * d)));
    const half = sum(moments.map((m, k) => weights[k] * m)) / 2;
    const pulls = moments.map((m) => 1 / Math.max(smoothing, Math.sqrt(Math.max(0, m - half))));
    const total = sum(pulls);
    const next = pulls.map((pull) => pull / total);
    const moved = Math.max(...next.map((w, k) => Math.abs(w - weights[k])));
    weights = next;
    // what this moves the mean by is small beside the smoothing
    if (moved * farthest <= smoothing / 100) break;
  }
  return weights;
}

/** The mean of each coordinate's middle: `columns[k][i]` is coordinate i of update k; overwrites `out`. */
export function trimmedMeans(columns: readonly ArrayLike<number>[], trimmed: number, out: Float64Array): void {
  const n = columns.length;
  const values = new Float64Array(n);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < n; k++) values[k] = columns[k][i];
    values.sort();
    let total = 0;
    for (let k = trimmed; k < n - trimmed; k++) total += values[k];
    out[i] = total / (n - 2 * trimmed);
  }
}

/** Combines the bytes of an integer or bool segment, one per update, into `out`: never averaged, the dtype never changes. */
export function combineIntegers(
  dtype: ParameterDtype,
  columns: readonly Uint8Array[],
  how: "largest" | "lower-median",
  out: Uint8Array,
): void {
  const rank = how === "largest" ? columns.length - 1 : Math.floor((columns.length - 1) / 2);
  if (dtype === "int64") out.set(asBytes(pickBigInts(columns.map(readBigInts), rank)));
  else if (dtype === "int32") out.set(asBytes(pickNumbers(columns.map(asInt32), rank, new Int32Array(out.length / 4))));
  else pickNumbers(columns, rank, out);
}

function pickNumbers<T extends Int32Array | Uint8Array>(columns: readonly T[], rank: number, out: T): T {
  const values = new Float64Array(columns.length);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < columns.length; k++) values[k] = columns[k][i];
    out[i] = values.sort()[rank];
  }
  return out;
}

function pickBigInts(columns: readonly BigInt64Array[], rank: number): BigInt64Array {
  const out = new BigInt64Array(columns[0]?.length ?? 0);
  const values = new BigInt64Array(columns.length);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < columns.length; k++) values[k] = columns[k][i];
    out[i] = values.sort()[rank];
  }
  return out;
}

function asInt32(bytes: Uint8Array): Int32Array {
  const b = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(b.buffer, b.byteOffset, b.length / 4);
}

function asBytes(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
