import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CalibrationProblem,
  type DpEvent,
  account,
  calibrate,
  composed,
  gaussian,
  laplace,
  nonPrivate,
  noOp,
  poissonSampled,
  selfComposed,
  zcdp,
} from "./index.ts";

const neighboring = "add-or-remove-one";
const seed = 20_261_125;
const target = (targetEpsilon: number, delta: number) => ({ targetEpsilon, delta, neighboring }) as const;
const priceAt = ({ template, delta }: CalibrationProblem, value: number): number =>
  account(template(value), { neighboring }).guarantee({ delta }).epsilon.upper;

/** Everything that `calibrate` says about its answer, recomputed. */
function check(problem: CalibrationProblem): ReturnType<typeof calibrate> {
  const found = calibrate(problem);
  const { value, guarantee, beyond } = found;
  const [lo, hi] = problem.bracket;
  expect(value >= lo && value <= hi).toBe(true);
  expect(guarantee.epsilon.upper).toBeLessThanOrEqual(problem.targetEpsilon);
  expect(priceAt(problem, value)).toBe(guarantee.epsilon.upper);
  if (beyond === null) {
    expect(value).toBe(problem.increasing ? hi : lo);
    return found;
  }
  expect(priceAt(problem, beyond.value)).toBe(beyond.epsilon);
  expect(beyond.epsilon).toBeGreaterThan(problem.targetEpsilon);
  if (problem.integer === true) expect(Math.abs(beyond.value - value)).toBe(1);
  else expect(Math.abs(beyond.value - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value) + 1e-15 * (hi - lo));
  return found;
}

const epsilon = fc.double({ min: -1.5, max: 1.5, noNaN: true }).map((x) => 10 ** x);
const delta = fc.double({ min: -10, max: -2, noNaN: true }).map((x) => 10 ** x);

describe("A27: calibrating any parameter of any event", () => {
  it("gives the analytic Gaussian its published noise (Balle, Wang: 4.22467889 at epsilon 1, delta 1e-6)", () => {
    const { value } = check({ template: gaussian, increasing: false, bracket: [0.1, 100], ...target(1, 1e-6) });
    expect(value).toBeGreaterThanOrEqual(4.22467889 - 5e-9);
    expect(value).toBeLessThan(4.22467889 * (1 + 1.1e-6));
  });

  it("finds the noise of the second of two phases, and the scale of a Laplace query beside a fixed Gaussian", () => {
    const first = selfComposed(gaussian(8), 20);
    const phases = (z: number): DpEvent => composed(first, selfComposed(gaussian(z), 20));
    const { value } = check({ template: phases, increasing: false, bracket: [1, 50], ...target(3, 1e-6) });
    // twenty of z = 8 and twenty of the answer are one Gaussian: its z must be that of the target alone
    const whole = check({ template: gaussian, increasing: false, bracket: [0.1, 100], ...target(3, 1e-6) }).value;
    expect(1 / (20 / 64 + 20 / (value * value))).toBeCloseTo(whole * whole, 4);
    const beside = (b: number): DpEvent => composed(first, laplace(b));
    check({ template: beside, increasing: false, bracket: [0.1, 1000], ...target(3, 1e-6) });
  });

  it("keeps the target inside and exceeds it beyond, for random targets, brackets and directions, reals and integers", () => {
    const property = fc.property(epsilon, delta, fc.double({ min: 1, max: 40, noNaN: true }), (e, d, z) => {
      check({ template: gaussian, increasing: false, bracket: [0, 1e6], ...target(e, d) });
      check({ template: gaussian, increasing: false, bracket: [1e-3, 1e9], guess: z, ...target(e, d) });
      const free = noOp();
      const steps = (n: number): DpEvent => (n === 0 ? free : selfComposed(gaussian(z), n));
      check({ template: steps, increasing: true, integer: true, bracket: [0, 1e6], ...target(e, d) });
      check({ template: (rho) => zcdp(rho), increasing: true, bracket: [0, 50], ...target(e, d) });
    });
    fc.assert(property, { seed, numRuns: 40 });
  });

  it("goes on past a value that meets the target exactly, to the one that exceeds it", () => {
    const exact = priceAt({ template: gaussian, increasing: false, bracket: [1, 3], ...target(1, 1e-6) }, 2);
    // the guess meets it at once
    const found = check({ template: gaussian, increasing: false, bracket: [1, 3], guess: 2, ...target(exact, 1e-6) });
    expect(found.value).toBeLessThanOrEqual(2);
    expect(found.beyond?.value).toBeLessThan(found.value);
  });

  it("ends at jumps: the answer is on the cheap side of one", () => {
    // noise by halves: the price is a staircase
    const stairs = (x: number): DpEvent => gaussian(Math.floor(2 * x) / 2);
    const found = check({ template: stairs, increasing: false, bracket: [0.5, 100], ...target(1, 1e-6) });
    expect(found.value).toBeGreaterThanOrEqual(4.5);
    expect(found.value).toBeLessThan(4.5 * (1 + 1e-6));
    const cliff = (x: number): DpEvent => (x > 0.3 ? nonPrivate() : noOp());
    const edge = check({ template: cliff, increasing: true, bracket: [0, 1], ...target(1, 1e-6) });
    expect(edge.value).toBeLessThanOrEqual(0.3);
    expect(edge.beyond?.epsilon).toBe(Infinity);
    // and with no tolerance at neighboring doubles
    const exact = calibrate({ template: cliff, increasing: true, bracket: [0, 1], tolerance: 0, ...target(1, 1e-6) });
    expect([exact.value, exact.beyond?.value]).toEqual([0.3, 0.3 + 2 ** -54]);
  });

  it("ends for templates that rise and fall, and what it says holds of the value it names", () => {
    const waves = (x: number): DpEvent => gaussian(x * (1.5 + Math.sin(40 * x)));
    check({ template: waves, increasing: false, bracket: [0.05, 60], ...target(1, 1e-6) });
    const property = fc.property(
      fc.array(fc.double({ min: 0.3, max: 30, noNaN: true }), { minLength: 64, maxLength: 64 }),
      (zs) => {
        const template = (i: number): DpEvent => gaussian(zs[i] ?? 1);
        const problem = { template, integer: true, bracket: [0, 63] as const, ...target(1, 1e-6) };
        for (const increasing of [true, false]) {
          const safe = priceAt({ ...problem, increasing }, increasing ? 0 : 63);
          if (safe <= 1) check({ ...problem, increasing });
          else if (priceAt({ ...problem, increasing }, increasing ? 63 : 0) > 1) {
            expect(() => calibrate({ ...problem, increasing })).toThrow(/targetEpsilon must be at least/);
          }
        }
      },
    );
    fc.assert(property, { seed, numRuns: 60 });
  });

  it("ends near zero, where no relative tolerance is ever met", () => {
    const template = (q: number): DpEvent => (q === 0 ? noOp() : nonPrivate());
    const found = calibrate({ template, increasing: true, bracket: [0, 1], ...target(1, 1e-6) });
    expect(found.value).toBe(0);
    expect(found.beyond?.value).toBeLessThan(1e-14);
  });

  it("names what can be reached when the target can not", () => {
    const sampled = (q: number): DpEvent => selfComposed(poissonSampled(q, gaussian(0.5)), 1000);
    const ask = (): unknown =>
      calibrate({ template: sampled, increasing: true, bracket: [0.1, 1], ...target(1, 1e-6) });
    const least = priceAt({ template: sampled, increasing: true, bracket: [0.1, 1], ...target(1, 1e-6) }, 0.1);
    expect(ask).toThrow(new RegExp(`invalid_argument.*targetEpsilon must be at least ${least}.*\\(0\\.1\\)`));
    // the other direction looks at the other end first
    expect(() => calibrate({ template: gaussian, increasing: false, bracket: [0.1, 1], ...target(1, 1e-6) })).toThrow(
      /at least 4\.886554.*\(1\)/,
    );
  });

  it("says when nothing in the bracket exceeds the target", () => {
    const found = check({ template: gaussian, increasing: false, bracket: [50, 100], ...target(1, 1e-6) });
    expect(found).toMatchObject({ value: 50, beyond: null });
  });

  it("refuses brackets, guesses and tolerances that are none", () => {
    const good = { template: gaussian, increasing: false, bracket: [1, 9] as const, ...target(1, 1e-6) };
    expect(() => calibrate({ ...good, bracket: [9, 1] })).toThrow(/bracket/);
    expect(() => calibrate({ ...good, bracket: [1, Infinity] })).toThrow(/bracket/);
    expect(() => calibrate({ ...good, integer: true, bracket: [1, 2.5] })).toThrow(/bracket/);
    expect(() => calibrate({ ...good, guess: 10 })).toThrow(/guess/);
    expect(() => calibrate({ ...good, tolerance: 1 })).toThrow(/tolerance/);
    expect(() => calibrate({ ...good, targetEpsilon: 0 })).toThrow(/targetEpsilon/);
  });
});
