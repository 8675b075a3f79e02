import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  account,
  composed,
  discreteGaussian,
  discreteLaplace,
  epsilonDelta,
  exponentialMechanism,
  gaussian,
  laplace,
  noOp,
  nonPrivate,
  poissonSampled,
  rdpOfEvent,
  selfComposed,
  stepwiseEpsilon,
  zcdp,
} from "../src/accounting/index.ts";
import { dpSgd } from "./golden.ts";

const neighboring = "add-or-remove-one";
const seed = 20_240_501;
const price = (event: DpEvent, delta: number): number =>
  account(event, { neighboring }).guarantee({ delta }).epsilon.upper;
/** The Renyi bound alone: exact laws hold for it, while the grid's mesh jumps between nearby events. */
const renyi = (event: DpEvent, delta: number): number =>
  account(event, { neighboring })
    .guarantee({ delta })
    .engines.find((e) => e.name === "rdp")?.epsilon.upper ?? 0;

const noise = fc.double({ min: -0.5, max: 2, noNaN: true }).map((x) => 10 ** x);
const probability = fc.double({ min: -4, max: -0.05, noNaN: true }).map((x) => 10 ** x);
const count = fc.integer({ min: 1, max: 3000 });
const delta = fc.double({ min: -12, max: -1, noNaN: true }).map((x) => 10 ** x);

const leaf: fc.Arbitrary<DpEvent> = fc.oneof(
  noise.map(gaussian),
  noise.map(laplace),
  fc.tuple(noise, fc.integer({ min: 1, max: 5 })).map(([z, s]) => discreteGaussian(z, s)),
  fc
    .tuple(fc.double({ min: 0.01, max: 2, noNaN: true }), fc.integer({ min: 1, max: 3 }))
    .map(([a, s]) => discreteLaplace(a, s)),
  fc.double({ min: 0.001, max: 1, noNaN: true }).map((rho) => zcdp(rho)),
  fc.double({ min: 0.01, max: 2, noNaN: true }).map((e) => epsilonDelta(e, 1e-16)),
  fc.double({ min: 0.01, max: 2, noNaN: true }).map(exponentialMechanism),
  fc.tuple(probability, noise).map(([q, z]) => poissonSampled(q, gaussian(z))),
  fc.tuple(probability, noise).map(([q, z]) => poissonSampled(q, laplace(z))),
);

describe("laws of the price", () => {
  it("A5: it never grows with noise or delta, nor falls with sampling or steps", () => {
    const property = fc.property(
      probability,
      probability,
      noise,
      noise,
      count,
      count,
      delta,
      delta,
      (q1, q2, z1, z2, n1, n2, d1, d2) => {
        const cheap = renyi(dpSgd(Math.min(q1, q2), Math.max(z1, z2), Math.min(n1, n2)), Math.max(d1, d2));
        const dear = renyi(dpSgd(Math.max(q1, q2), Math.min(z1, z2), Math.max(n1, n2)), Math.min(d1, d2));
        expect(cheap).toBeLessThanOrEqual(dear * (1 + 1e-9));
      },
    );
    fc.assert(property, { seed, numRuns: 40 });
  });

  it("A5: brackets of ordered events never contradict the order", () => {
    const property = fc.property(probability, noise, noise, count, delta, (q, z1, z2, n, d) => {
      const noisy = account(dpSgd(q, Math.max(z1, z2), n), { neighboring }).guarantee({ delta: d }).epsilon;
      const loud = account(dpSgd(q, Math.min(z1, z2), n), { neighboring }).guarantee({ delta: d }).epsilon;
      expect(noisy.lower).toBeLessThanOrEqual(loud.upper);
    });
    fc.assert(property, { seed, numRuns: 25 });
  });

  it("A6: delta never grows with epsilon, is convex in exp(epsilon), at most 1, and falls to what outright failure leaves", () => {
    for (const event of [gaussian(1), poissonSampled(0.1, gaussian(1))]) {
      const accountant = account(event, { neighboring });
      const at = (x: number): number => accountant.delta({ epsilon: Math.log(x) }).upper;
      const xs = Array.from({ length: 40 }, (_, k) => 1 + 0.2 * k);
      const values = xs.map(at);
      expect(values[0]).toBeLessThanOrEqual(1);
      for (let k = 1; k + 1 < xs.length; k++) {
        expect(values[k]).toBeLessThanOrEqual(values[k - 1] * (1 + 1e-12));
        expect(values[k]).toBeLessThanOrEqual(((values[k - 1] + values[k + 1]) / 2) * (1 + 1e-9) + 1e-15);
      }
    }
    expect(account(gaussian(1), { neighboring }).delta({ epsilon: Infinity }).upper).toBe(0);
  });

  it("A7: epsilon and delta answer each other", () => {
    const property = fc.property(probability, noise, count, delta, (q, z, n, d) => {
      const accountant = account(dpSgd(q, z, n), { neighboring });
      const { lower, upper } = accountant.guarantee({ delta: d }).epsilon;
      if (upper === 0) return;
      const back = accountant.delta({ epsilon: upper });
      expect(back.lower).toBeLessThanOrEqual(d * (1 + 1e-9));
      if (lower > 0) expect(accountant.delta({ epsilon: lower }).upper).toBeGreaterThanOrEqual(d * (1 - 1e-9));
    });
    fc.assert(property, { seed, numRuns: 15 });
  });

  it("A8: a count is as many compositions, for every event", () => {
    const property = fc.property(leaf, fc.integer({ min: 2, max: 6 }), delta, (event, n, d) => {
      const counted = price(selfComposed(event, n), d);
      const listed = price(composed(...Array.from({ length: n }, () => event)), d);
      expect(listed).toBeCloseTo(counted, 9);
      expect(counted).toBeGreaterThanOrEqual(price(event, d) * (1 - 1e-2));
    });
    fc.assert(property, { seed, numRuns: 25 });
  });

  it("A9: order and nesting change nothing", () => {
    const property = fc.property(leaf, leaf, leaf, delta, (a, b, c, d) => {
      const flat = price(composed(a, b, c), d);
      expect(price(composed(c, a, b), d)).toBe(flat);
      expect(price(composed(composed(b), selfComposed(composed(c, a), 1)), d)).toBe(flat);
    });
    fc.assert(property, { seed, numRuns: 12 });
  });

  it("A10: doing nothing is free, releasing the data is not private", () => {
    const property = fc.property(leaf, delta, (event, d) => {
      expect(price(composed(event, noOp()), d)).toBe(price(event, d));
      expect(price(composed(event, nonPrivate()), d)).toBe(Infinity);
    });
    fc.assert(property, { seed, numRuns: 15 });
    expect(price(noOp(), 1e-5)).toBe(0);
    expect(price(selfComposed(gaussian(1), 0), 1e-5)).toBe(0);
    expect(price(composed(), 1e-5)).toBe(0);
    expect(price(gaussian(0), 1e-5)).toBe(Infinity);
    expect(price(poissonSampled(0, gaussian(0)), 1e-5)).toBe(0);
  });

  it("the live progress line is certified, as tight as the accountant, never falls and ends at its number", () => {
    const property = fc.property(
      probability,
      noise,
      fc.array(count, { minLength: 1, maxLength: 2 }),
      delta,
      (q, z, ks, d) => {
        const step = poissonSampled(q, gaussian(z));
        const total = Math.max(...ks) + 1;
        const lines = [
          stepwiseEpsilon(step, { neighboring, delta: d }),
          stepwiseEpsilon(step, { neighboring, delta: d, steps: total }),
        ];
        const whole = price(selfComposed(step, total), d);
        expect(lines[1]?.(total)).toBe(whole);
        for (const live of lines) {
          for (const k of ks) {
            const { engines, epsilon } = account(selfComposed(step, k), { neighboring }).guarantee({ delta: d });
            const renyi = engines.find((e) => e.name === "rdp")?.epsilon.upper ?? 0;
            expect(live(k)).toBeGreaterThanOrEqual(epsilon.lower);
            expect(live(k)).toBeLessThanOrEqual(renyi * (1 + 1e-3));
            expect(live(k)).toBeLessThanOrEqual(Math.max(1.01 * epsilon.upper, 1e-9));
            expect(live(k)).toBeLessThanOrEqual(live(k + 1));
            expect(live(k)).toBeLessThanOrEqual(live(2 * k));
          }
          expect(live(0)).toBe(0);
        }
      },
    );
    fc.assert(property, { seed, numRuns: 8 });
  });

  it("divergences at one order add", () => {
    const property = fc.property(leaf, leaf, fc.double({ min: 1.01, max: 200, noNaN: true }), (a, b, order) => {
      const at = (event: DpEvent): number => rdpOfEvent(event, { neighboring, order });
      const sum = at(a) + at(b);
      if (sum === Infinity) expect(at(composed(a, b))).toBe(Infinity);
      else expect(at(composed(a, b)) / sum).toBeCloseTo(1, 9);
    });
    fc.assert(property, { seed, numRuns: 100 });
  });
});
