import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { poissonSampled, gaussian, selfComposed } from "../events/index.ts";
import { compileEvent } from "./compile-event.ts";
import { contourEngine } from "./contour-engine.ts";
import { contourProfile } from "./contour.ts";
import type { Bounds } from "./engine.ts";
import { gaussianEpsilon, gaussianLogDelta } from "./gaussian-profile.ts";
import { gridEngine } from "./grid-engine.ts";
import { decayTable, farDecay, nearDecay, raisedDecays, raisedFading } from "./moment-decay.ts";
import { cumulantsAt, momentNodes, outcomeRange, realStep } from "./moment-nodes.ts";
import { cachedByOrder } from "./order-lattice.ts";
import { rdpOfComposition } from "./rdp-curves.ts";
import { saddleForEpsilon } from "./saddle-point.ts";

const add = "add-or-remove-one";
const run = (q: number, z: number, n: number) => compileEvent(selfComposed(poissonSampled(q, gaussian(z)), n), add);
const width = (b: Bounds): number => b.upper - b.lower;

describe("the contour integral", () => {
  it("encloses a Gaussian's closed form to 1e-11, delta 1e-2 to 1e-300", () => {
    for (const mu of [0.01, 0.5, 3, 20]) {
      for (const delta of [1e-2, 1e-5, 1e-30, 1e-300]) {
        const { lower, upper } = gaussianEpsilon(mu, Math.log(delta));
        if (lower === 0) continue;
        const spends = [{ mechanism: { kind: "gaussian", noiseMultiplier: 1 / mu } as const, count: 1 }];
        const found = contourEngine({ spends, failure: 0 })?.epsilonAt(delta);
        if (found === undefined) throw new Error("a Gaussian has a contour");
        expect(found.lower).toBeLessThanOrEqual(upper);
        expect(found.upper).toBeGreaterThanOrEqual(lower);
        expect(width(found)).toBeLessThan(1e-11 * upper);
      }
    }
  });

  it("encloses the closed form of a Gaussian at a fixed tilt over a range of epsilons, each direction alone", () => {
    const parts = [{ mechanism: { kind: "gaussian", noiseMultiplier: 0.7 } as const, count: 1 }];
    for (const direction of [1, -1] as const) {
      const saddle = saddleForEpsilon(parts, direction, 4, 1);
      if (saddle === undefined) throw new Error("no saddle");
      const profile = contourProfile(parts, direction, saddle, 1e6);
      for (const epsilon of [3, 3.5, 4, 4.5, 5]) {
        const { lower, upper } = gaussianLogDelta(1 / 0.7, epsilon);
        const found = profile?.logDeltaAt(epsilon);
        expect(found?.upper).toBeGreaterThanOrEqual(lower);
        expect(found?.lower).toBeLessThanOrEqual(upper);
        expect((found?.upper ?? NaN) - (found?.lower ?? NaN)).toBeLessThan(1e-6);
      }
    }
  });

  it("A1, A22: never crosses the grid's bracket of the same composition, and is narrower", () => {
    let met = 0;
    const arbitrary = fc.record({
      q: fc.double({ min: -4, max: -0.1, noNaN: true }).map((x) => 10 ** x),
      z: fc.double({ min: 0.5, max: 8, noNaN: true }),
      n: fc.integer({ min: 20, max: 50_000 }),
      delta: fc.double({ min: -12, max: -1, noNaN: true }).map((x) => 10 ** x),
    });
    fc.assert(
      fc.property(arbitrary, ({ q, z, n, delta }) => {
        const composition = run(q, z, n);
        const contour = contourEngine(composition)?.epsilonAt(delta);
        if (contour === undefined || contour.upper === Infinity) return;
        met += 1;
        const rdpAt = cachedByOrder((order) => rdpOfComposition(composition, order));
        const grid = gridEngine(composition, rdpAt)?.epsilonAt(delta);
        if (grid === undefined) return;
        expect(contour.lower).toBeLessThanOrEqual(grid.upper * (1 + 1e-12));
        expect(grid.lower).toBeLessThanOrEqual(contour.upper * (1 + 1e-12));
        expect(width(contour)).toBeLessThanOrEqual(Math.max(width(grid), 1e-6 * contour.upper));
      }),
      { seed: 20261125, numRuns: 40 },
    );
    expect(met).toBeGreaterThan(15);
  });
});

describe("the fading of a characteristic function", () => {
  it("is never claimed to be faster than it is", () => {
    for (const [q, z, w] of [
      [0.01, 1, 4],
      [0.004, 1.1, 8],
      [0.3, 0.5, 2.2],
      [0.01, 1, -3],
      [0.2, 2, -10],
    ] as const) {
      const pair = { samplingProbability: q, noiseMultiplier: z };
      const [from, to] = outcomeRange(pair, w, Math.max(0, w), 12);
      const nodes = momentNodes(pair, { from, to, step: realStep(z) / 3 });
      const table = decayTable(nodes, w);
      const raised = raisedDecays(pair, w, cumulantsAt(pair, w).log, 40);
      expect(raised.length).toBeGreaterThan(1);
      const fine = momentNodes(pair, { from, to, step: realStep(z) / 200 });
      for (const t of [1, 5, 20, 70, 200, 700]) {
        const nats = -Math.log(sizeAt(fine, w, t));
        expect(farDecay(table, t), `${q} ${z} ${w} ${t}`).toBeLessThanOrEqual(nats + 1e-9);
        expect(nearDecay(table, t / 1.05, t * 1.05)).toBeLessThanOrEqual(nats + 1e-9);
        for (const line of raised) expect(raisedFading(line, t)).toBeLessThanOrEqual(nats + 1e-9);
      }
      expect(farDecay(table, 1e5)).toBeGreaterThan(0.1);
    }
  });
});

/** |φ(t)| by a sum over fine nodes. */
function sizeAt(nodes: ReturnType<typeof momentNodes>, w: number, t: number): number {
  let [re, im, whole] = [0, 0, 0];
  for (let j = 0; j < nodes.loss.length; j++) {
    const mass = Math.exp(w * nodes.loss[j] + nodes.logWeight[j]);
    re += mass * Math.cos(t * nodes.loss[j]);
    im += mass * Math.sin(t * nodes.loss[j]);
    whole += mass;
  }
  return Math.hypot(re, im) / whole;
}
