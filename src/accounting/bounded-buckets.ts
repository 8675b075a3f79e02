import { gaussLegendre } from "../numeric/index.ts";
import type { BucketGrid, LossBuckets } from "./loss-buckets.ts";

/**
 * A pair whose loss is bounded by ε: randomised response (three atoms), or Laplace noise of scale 1/ε (an atom at each
 * end and a density between them). Both are their own reverses, so one direction is both.
 */
export interface BoundedPair {
  readonly shape: "atoms" | "laplace";
  readonly epsilon: number;
  /** Of randomised response: the probability of one answer that is not the truth. */
  readonly lowProbability: number;
}

/** A mass under P at one loss. */
interface Atom {
  readonly loss: number;
  readonly mass: number;
}

function atomsOf(pair: BoundedPair): Atom[] {
  const { epsilon: e, lowProbability: low } = pair;
  if (pair.shape === "laplace") {
    return [
      { loss: e, mass: 0.5 },
      { loss: -e, mass: 0.5 * Math.exp(-e) },
    ];
  }
  const high = low * Math.exp(e);
  return [
    { loss: e, mass: high },
    { loss: -e, mass: low },
    { loss: 0, mass: Math.max(0, 1 - high - low) },
  ];
}

/** Index of the last bucket that a loss of ε falls into, and of the first, −ε. */
export function boundedRange(
  pair: BoundedPair,
  mesh: number,
  offset = 0,
): { readonly first: number; readonly last: number } {
  return { first: Math.floor(-pair.epsilon / mesh - offset), last: Math.floor(pair.epsilon / mesh - offset) };
}

const rule = gaussLegendre(8);

/** The same buckets as for Gaussians, in `loss-buckets.ts`; everything positive, nothing left out. */
export function boundedBuckets(pair: BoundedPair, grid: BucketGrid): LossBuckets {
  const { mesh, tilt, logScale, offset = 0 } = grid;
  const { first, last } = boundedRange(pair, mesh, offset);
  const count = last - first + 1;
  const [left, right] = [new Float64Array(count), new Float64Array(count)];
  const share = 1 / -Math.expm1(-mesh);
  const add = (i: number, loss: number, mass: number): void => {
    const a = (first + offset + i) * mesh;
    const weight = mass * Math.exp(tilt * a - logScale) * share;
    // what keeps P's and Q's mass: the part 1 − exp(a − loss) goes right, exp(−d)·(exp(b − loss) − 1) left
    right[i] += weight * Math.max(0, -Math.expm1(a - loss));
    left[i] += weight * Math.exp(-mesh) * Math.max(0, Math.expm1(a + mesh - loss));
  };
  for (const { loss, mass } of atomsOf(pair)) add(Math.floor(loss / mesh - offset) - first, loss, mass);
  if (pair.shape === "laplace") {
    for (let i = 0; i < count; i++) {
      const from = Math.max(-pair.epsilon, (first + offset + i) * mesh);
      const half = (Math.min(pair.epsilon, (first + offset + i + 1) * mesh) - from) / 2;
      if (half <= 0) continue;
      for (let k = 0; k < rule.nodes.length; k++) {
        const loss = from + half * (1 + rule.nodes[k]);
        // the density of the loss under P is exp((loss − ε)/2)/4
        add(i, loss, rule.weights[k] * half * 0.25 * Math.exp((loss - pair.epsilon) / 2));
      }
    }
  }
  const exponent = (Math.abs(tilt) + 1) * pair.epsilon + Math.abs(logScale);
  // a loss near its bucket's end is known to its own rounding only: that moves mass between neighbors
  const edgeError = 1e-15 * (1 + pair.epsilon);
  return {
    first,
    left,
    right,
    relativeError: 1e-14 + 1e-15 * (1 + exponent) + (4e-16 * pair.epsilon) / mesh,
    edgeError,
  };
}
