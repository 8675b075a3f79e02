import type { GridPart } from "./grid-solution.ts";
import { largestExponent, momentNodes, mostNodes, outcomeRange, realStep } from "./moment-nodes.ts";

/** How much variance the dots of a mesh add to the tilted loss of all steps; an estimate, on which no bound depends. */
export type AddedVariance = (mesh: number) => number;

/**
 * A loss l between two dots at distance d gets the variance (l − a)(a + d − l): d²/6 on average where losses are spread
 * over many dots, but |l|·d where most lie next to the dot at 0, as those of steps that hardly ever see the record do.
 */
export function addedVarianceOf(parts: readonly GridPart[], tilt: number): AddedVariance {
  const each = parts.map((part) => {
    const { pair, count } = part;
    const w = 1 + tilt;
    if ("shape" in pair || pair.samplingProbability === 1) return (mesh: number) => (count * mesh * mesh) / 6;
    const [from, to] = outcomeRange(pair, w, w, 10);
    const step = realStep(pair.noiseMultiplier);
    if (!((to - from) / step <= mostNodes)) return (mesh: number) => (count * mesh * mesh) / 6;
    const nodes = momentNodes(pair, { from, to, step });
    const top = largestExponent(nodes, w);
    const mass = Float64Array.from(nodes.loss, (l, j) => Math.exp(w * l + nodes.logWeight[j] - top));
    const total = mass.reduce((sum, v) => sum + v, 0);
    return (mesh: number): number => {
      let sum = 0;
      for (let j = 0; j < mass.length; j++)
        sum += mass[j] * Math.min(Math.abs(nodes.loss[j]) * mesh, (mesh * mesh) / 6);
      return (count * sum) / total;
    };
  });
  return (mesh) => each.reduce((sum, f) => sum + f(mesh), 0);
}

/** The widest mesh, a power of two up to 1/2, at which the added variance moves ε by no more than `excess`. */
export function meshFor(added: AddedVariance, tilt: number, excess: number): number {
  let mesh = 0.5;
  while (mesh > 1e-300 && (added(mesh) * (1 + tilt)) / 2 > excess) mesh /= 2;
  return mesh;
}
