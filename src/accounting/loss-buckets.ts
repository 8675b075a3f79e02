import { gaussLegendre } from "../numeric/index.ts";
import { sampledLoss, unsampledLoss } from "./sampled-loss.ts";

/**
 * The privacy loss of one sampled Gaussian, cut at the multiples of `mesh`. Bucket i holds the outcomes with
 * i·mesh ≤ L < (i+1)·mesh; its mass under P and under Q is kept exactly by two atoms at its ends:
 *
 *   right = ∫ (P/Q − e^a) dQ / (1 − e^−d),   left = e^−d ∫ (e^b − P/Q) dQ / (1 − e^−d)
 *
 * both multiplied by exp(tilt·a − logScale). right + left is the bucket's P mass; placing them on a and b makes a pair
 * that dominates (P, Q) (connect the dots); merging them onto one label makes a statistic of the outcome.
 */
export interface LossBuckets {
  /** Index of the first bucket. */
  readonly first: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Bound on the relative error of each entry. */
  readonly relativeError: number;
  /** How far a bucket's true end may lie from its multiple of the mesh, in nats of loss. */
  readonly edgeError: number;
}

/** P = (1 − q)·N(0, z²) + q·N(1, z²) against Q = N(0, z²); q = 1 is the plain Gaussian. */
export interface SampledPair {
  readonly samplingProbability: number;
  readonly noiseMultiplier: number;
}

export interface BucketGrid {
  readonly mesh: number;
  /** Outcomes beyond this many stddevs of either component are left out; the caller prices them. */
  readonly reach: number;
  readonly tilt: number;
  readonly logScale: number;
  /** The buckets' ends are multiples of the mesh plus this many meshes; 0 unless said otherwise. */
  readonly offset?: number;
}

/** L(x) = log(1 − q + q·exp((2x − 1)/2z²)). */
export function lossAt({ samplingProbability, noiseMultiplier: z }: SampledPair, x: number): number {
  return sampledLoss(samplingProbability, (2 * x - 1) / (2 * z * z));
}

/** The x at which L(x) = loss; −Infinity at or below the infimum log(1 − q). */
function outcomeAt({ samplingProbability, noiseMultiplier: z }: SampledPair, loss: number): number {
  return 0.5 + z * z * unsampledLoss(samplingProbability, loss);
}

/** How many buckets a grid needs. */
export function bucketCount(pair: SampledPair, mesh: number, reach: number): number {
  const [from, to] = reachOf(pair, reach);
  return Math.ceil(lossAt(pair, to) / mesh) - Math.floor(lossAt(pair, from) / mesh);
}

function reachOf(pair: SampledPair, reach: number): [number, number] {
  return [-reach * pair.noiseMultiplier, 1 + reach * pair.noiseMultiplier];
}

/**
 * Integrates every bucket by Gauss-Legendre rules on positive integrands: nothing cancels, so each entry is accurate
 * relative to itself.
 *
 * @source Doroshenko, Ghazi, Kamath, Kumar, Manurangsi 2022, arXiv:2207.04380v1, §4 (connect the dots).
 */
export function lossBuckets(pair: SampledPair, grid: BucketGrid): LossBuckets {
  const { mesh, tilt, logScale, reach, offset = 0 } = grid;
  const [from, to] = reachOf(pair, reach);
  const first = Math.floor(lossAt(pair, from) / mesh - offset);
  const count = Math.max(1, Math.ceil(lossAt(pair, to) / mesh - offset) - first);
  const left = new Float64Array(count);
  const right = new Float64Array(count);
  const share = 1 / -Math.expm1(-mesh);
  let a = from;
  for (let i = 0; i < count; i++) {
    const lower = (first + offset + i) * mesh;
    const b = i === count - 1 ? to : Math.min(to, Math.max(a, outcomeAt(pair, lower + mesh)));
    const shift = tilt * lower - logScale;
    if (b > a) {
      const ends = {
        a,
        b,
        fromBelow: i === 0 ? lower : undefined,
        toAbove: i === count - 1 ? lower + mesh : undefined,
      };
      const { up, down } = bucketIntegrals(pair, ends, shift);
      right[i] = up * share;
      left[i] = down * share * Math.exp(-mesh);
    }
    a = b;
  }
  const z = pair.noiseMultiplier;
  const slope = (reach * z + 1) / (z * z);
  const edgeError = 1e-15 * (1 + slope);
  // the rules' own error is below 1e-13; the rest is the rounding of the exponents, by their size
  const exponent = reach * reach + slope + Math.abs(tilt) * (Math.abs(first) + count) * mesh + Math.abs(logScale);
  return { first, left, right, relativeError: 1e-13 + 1e-15 * (1 + exponent), edgeError };
}

interface BucketEnds {
  readonly a: number;
  readonly b: number;
  /** The loss at the bucket's lower end where outcome `a` lies strictly above it. */
  readonly fromBelow: number | undefined;
  readonly toAbove: number | undefined;
}

const rules = [
  { rule: gaussLegendre(3), limit: 0.05 },
  { rule: gaussLegendre(5), limit: 0.5 },
  { rule: gaussLegendre(8), limit: 2.5 },
];

/** ∫ (P/Q − e^lower) dQ and ∫ (e^upper − P/Q) dQ over [a, b], times exp(shift). */
function bucketIntegrals(pair: SampledPair, ends: BucketEnds, shift: number): { up: number; down: number } {
  const { a, b } = ends;
  const [q, z] = [pair.samplingProbability, pair.noiseMultiplier];
  const inverse = 1 / (z * z);
  // the logarithmic slope of the integrands, which sets how fine the rule must be
  const rate = (Math.max(Math.abs(a), Math.abs(b)) + 1) * inverse + 1 / z;
  const reach = rate * (b - a);
  const { rule, limit } = rules.find((r) => reach <= r.limit) ?? rules[2];
  const cells = Math.max(1, Math.ceil(reach / limit));
  const width = b - a;
  const half = width / (2 * cells);
  const normal = q / (z * Math.sqrt(2 * Math.PI));
  const [atA, atB] = [(a - 0.5) * inverse + shift, (b - 0.5) * inverse + shift];
  let [up, down] = [0, 0];
  for (let cell = 0; cell < cells; cell++) {
    const middle = (2 * cell + 1) * half;
    for (let k = 0; k < rule.nodes.length; k++) {
      // measured from the ends, or the short distances to them would carry the rounding of x
      const t = middle + half * rule.nodes[k];
      const density = -0.5 * (a + t) * (a + t) * inverse;
      up += rule.weights[k] * Math.exp(density + atA) * Math.expm1(t * inverse);
      down -= rule.weights[k] * Math.exp(density + atB) * Math.expm1((t - width) * inverse);
    }
  }
  const extra = outerParts(pair, ends, shift);
  return { up: up * half * normal + extra.up, down: down * half * normal + extra.down };
}

/** In the two outermost buckets the ends of the outcomes are not the ends of the bucket: the constant that remains. */
function outerParts(pair: SampledPair, ends: BucketEnds, shift: number): { up: number; down: number } {
  const { a, b, fromBelow, toAbove } = ends;
  if (fromBelow === undefined && toAbove === undefined) return { up: 0, down: 0 };
  const mass = intervalMass(pair.noiseMultiplier, a, b);
  const part = (loss: number, edge: number): number =>
    mass === 0 ? 0 : Math.exp(Math.log(mass) + loss + shift) * Math.abs(Math.expm1(edge - loss));
  return {
    up: fromBelow === undefined ? 0 : part(fromBelow, lossAt(pair, a)),
    down: toAbove === undefined ? 0 : part(toAbove, lossAt(pair, b)),
  };
}

/** The mass of N(0, z²) on [a, b], from above by quadrature on cells of z/2. */
function intervalMass(z: number, a: number, b: number): number {
  const { rule } = rules[2];
  const cells = Math.max(1, Math.ceil((2 * (b - a)) / z));
  const half = (b - a) / (2 * cells);
  let sum = 0;
  for (let cell = 0; cell < cells; cell++) {
    for (let k = 0; k < rule.nodes.length; k++) {
      const x = a + (2 * cell + 1) * half + half * rule.nodes[k];
      sum += rule.weights[k] * Math.exp((-0.5 * x * x) / (z * z));
    }
  }
  return (sum * half) / (z * Math.sqrt(2 * Math.PI));
}
