import { type QuadratureRule, gaussLegendre } from "../numeric/index.ts";
import type { BucketGrid, LossBuckets } from "./loss-buckets.ts";
import { type OutcomeLine, type OutcomePair, type Outcomes, outcomesOf } from "./outcome-pair.ts";

const rules: readonly { readonly rule: QuadratureRule; readonly limit: number }[] = [
  { rule: gaussLegendre(3), limit: 0.04 },
  { rule: gaussLegendre(5), limit: 0.3 },
  { rule: gaussLegendre(8), limit: 1.25 },
];

/** Losses that range wider are left to the other engines: on any mesh the quadrature would take as many cells as nats. */
const widestRange = 20_000;

/** How many buckets a grid needs; Infinity where none is worth its time. */
export function outcomeBucketCount(pair: OutcomePair, mesh: number, reach: number): number {
  const { least, most } = lossRange(outcomesOf(pair, { reach, lean: 0 }));
  if (!(most - least <= widestRange)) return Infinity;
  return Math.floor(most / mesh) - Math.floor(least / mesh) + 1;
}

function lossRange({ atoms, lines }: Outcomes): { readonly least: number; readonly most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const { loss } of atoms) [least, most] = [Math.min(least, loss), Math.max(most, loss)];
  for (const line of lines) {
    least = Math.min(least, line.lossAt(line.from));
    most = Math.max(most, line.lossAt(line.to));
  }
  return { least, most };
}

/**
 * The same buckets as for one sampled Gaussian, in `loss-buckets.ts`, of any pair: each outcome, or each node of a
 * quadrature rule on the outcomes of one bucket, is an atom that is split between the bucket's two ends so that its mass
 * under P and under Q is kept. Everything is positive.
 *
 * @source Doroshenko, Ghazi, Kamath, Kumar, Manurangsi 2022, arXiv:2207.04380v1, §4 (connect the dots).
 */
export function outcomeBuckets(pair: OutcomePair, grid: BucketGrid): LossBuckets {
  const { mesh, tilt, logScale, reach, offset = 0 } = grid;
  const outcomes = outcomesOf(pair, { reach, lean: 0 });
  const { least, most } = lossRange(outcomes);
  const first = Math.floor(least / mesh - offset);
  const count = Math.floor(most / mesh - offset) - first + 1;
  const [left, right] = [new Float64Array(count), new Float64Array(count)];
  const share = 1 / -Math.expm1(-mesh);
  const shrink = Math.exp(-mesh);
  const add = (i: number, loss: number, logP: number, factor: number): void => {
    const a = (first + offset + i) * mesh;
    const weight = factor * Math.exp(logP + tilt * a - logScale) * share;
    right[i] += weight * Math.max(0, -Math.expm1(a - loss));
    left[i] += weight * shrink * Math.max(0, Math.expm1(a + mesh - loss));
  };
  for (const { loss, logQ } of outcomes.atoms) add(Math.floor(loss / mesh - offset) - first, loss, logQ + loss, 1);
  for (const line of outcomes.lines) addLine(line, { first: first + offset, count, mesh }, add);
  const widest = Math.max(Math.abs(least), Math.abs(most));
  const exponent = reach * reach + (Math.abs(tilt) + 2) * widest + Math.abs(logScale);
  return { first, left, right, relativeError: 2e-13 + 1e-15 * (1 + exponent), edgeError: 1e-14 * (1 + widest) };
}

/** Walks the buckets that the line crosses. */
function addLine(
  line: OutcomeLine,
  grid: { readonly first: number; readonly count: number; readonly mesh: number },
  add: (i: number, loss: number, logP: number, factor: number) => void,
): void {
  const { first, count, mesh } = grid;
  const start = Math.max(0, Math.floor(line.lossAt(line.from) / mesh - first));
  const end = Math.min(count - 1, Math.floor(line.lossAt(line.to) / mesh - first));
  let a = line.from;
  for (let i = start; i <= end; i++) {
    const upper = (first + i + 1) * mesh;
    const b = i === end ? line.to : Math.min(line.to, Math.max(a, line.outcomeAt(upper)));
    if (b > a) {
      const rate = Math.max(line.rateAt(a), line.rateAt(b));
      const size = rate * (b - a);
      const { rule, limit } = rules.find((r) => size <= r.limit) ?? rules[2];
      const cells = Math.max(1, Math.ceil(size / limit));
      const half = (b - a) / (2 * cells);
      for (let cell = 0; cell < cells; cell++) {
        for (let k = 0; k < rule.nodes.length; k++) {
          const x = a + (2 * cell + 1 + rule.nodes[k]) * half;
          // a node's loss may leave its bucket by rounding only
          const loss = Math.min(upper, Math.max(upper - mesh, line.lossAt(x)));
          add(i, loss, line.logQ(x) + loss, rule.weights[k] * half);
        }
      }
    }
    a = b;
  }
}
