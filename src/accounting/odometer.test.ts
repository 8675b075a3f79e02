import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type Guarantee,
  account,
  composed,
  epsilonDelta,
  gaussian,
  laplace,
  nonPrivate,
  poissonSampled,
  renyiOdometer,
  restoreOdometer,
  selfComposed,
} from "./index.ts";

const neighboring = "add-or-remove-one";
const seed = 20_261_125;

/** mulberry32 and Box-Muller: a test needs repeatable draws, not unpredictable ones. */
function normals(from: number): () => number {
  let state = from;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe("the odometer", () => {
  it("reads what its formula says (mpmath): one order, and a mixture of two", () => {
    const event = selfComposed(gaussian(2), 5);
    const one = renyiOdometer({ orders: [8], delta: 1e-5, neighboring }).charge(event).epsilon;
    expect(one).toBeGreaterThanOrEqual(6.644703637852889);
    expect(one).toBeCloseTo(6.644703637852889, 9);
    const two = renyiOdometer({ orders: [3, 9], delta: 1e-5, neighboring }).charge(event).epsilon;
    expect(two).toBeGreaterThanOrEqual(7.125674561269183);
    expect(two).toBeCloseTo(7.125674561269183, 9);
  });

  it("reads 0 before anything, Infinity after something unprotected, and refuses what can fail", () => {
    const odometer = renyiOdometer({ delta: 1e-5, neighboring });
    expect(odometer.reading.epsilon).toBe(0);
    expect(() => odometer.charge(epsilonDelta(1, 1e-9))).toThrow(/unsupported_event.*failureDelta/);
    expect(odometer.reading.events).toBe(0);
    expect(odometer.charge(nonPrivate()).epsilon).toBe(Infinity);
    expect(odometer.charge(gaussian(1)).epsilon).toBe(Infinity);
  });

  it("never falls, is never below the exact price of the same schedule, and goes on after a crash", () => {
    const event: fc.Arbitrary<DpEvent> = fc.oneof(
      fc.double({ min: 0.8, max: 8, noNaN: true }).map(gaussian),
      fc.double({ min: 1, max: 9, noNaN: true }).map(laplace),
      fc.double({ min: 0.8, max: 3, noNaN: true }).map((z) => poissonSampled(0.1, gaussian(z))),
    );
    const property = fc.property(fc.array(event, { minLength: 1, maxLength: 6 }), (events) => {
      let odometer = renyiOdometer({ delta: 1e-5, neighboring });
      let last = 0;
      for (const e of events) {
        const reading = odometer.charge(e);
        expect(reading.epsilon).toBeGreaterThanOrEqual(last);
        last = reading.epsilon;
        odometer = restoreOdometer(JSON.parse(JSON.stringify(odometer.snapshot())) as never);
        expect(odometer.reading).toEqual(reading);
      }
      const exact = account(composed(...events), { neighboring }).guarantee({ delta: 1e-5 }).epsilon;
      expect(last).toBeGreaterThanOrEqual(exact.lower);
    });
    fc.assert(property, { seed, numRuns: 60 });
  });

  it("is no Guarantee and no event, by type", () => {
    const odometer = renyiOdometer({ delta: 1e-5, neighboring });
    // @ts-expect-error a reading is no Guarantee
    const claim: Guarantee = odometer.reading;
    expect(claim.version).toBe("odometer-reading/v1");
    // @ts-expect-error an adaptive spending is no event
    expect(() => account(odometer, { neighboring })).toThrow(/invalid_argument/);
  });

  /*
   * Gaussians whose noise is halved whenever the loss so far is high: an adaptive choice. Under the first neighbor the loss
   * of one event is μ²/2 + μ·N(0, 1). The number of runs in which the loss ever passes the reading is at most
   * Binomial(4000, δ), which exceeds 296 with probability 2.6e-11 at δ = 0.05 (scipy).
   */
  it("A28: is passed by lucky adaptive adversaries with probability at most delta; the fixed-time bound is passed oftener", () => {
    const [delta, runs, length] = [0.05, 4000, 120];
    const mus = [0.2, 0.4] as const;
    const readings = new Map<number, number>();
    const readingAt = (quarters: number): number => {
      // Rényi divergences of Gaussians depend on Σμ² alone
      const known = readings.get(quarters);
      if (known !== undefined) return known;
      const z = 1 / (0.2 * Math.sqrt(quarters));
      const { epsilon } = renyiOdometer({ delta, neighboring }).charge(gaussian(z));
      readings.set(quarters, epsilon);
      return epsilon;
    };
    const normal = normals(seed);
    let [passed, passedFixed] = [0, 0];
    for (let run = 0; run < runs; run++) {
      let [loss, quarters, isAbove, isAboveFixed] = [0, 0, false, false];
      for (let i = 0; i < length; i++) {
        const isLucky = loss > 0.04 * quarters * 0.75;
        const mu = mus[isLucky ? 1 : 0];
        loss += (mu * mu) / 2 + mu * normal();
        quarters += isLucky ? 4 : 1;
        const sum = 0.04 * quarters;
        isAbove ||= loss > readingAt(quarters);
        // the quantile that holds at one time fixed in advance: Φ⁻¹(0.95) = 1.6449
        isAboveFixed ||= loss > sum / 2 + 1.6449 * Math.sqrt(sum);
      }
      passed += isAbove ? 1 : 0;
      passedFixed += isAboveFixed ? 1 : 0;
    }
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThanOrEqual(296);
    expect(passedFixed).toBeGreaterThan(296);
  });
});
