import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Filter,
  epsilonDelta,
  epsilonDeltaFilter,
  gdpFilter,
  renyiFilter,
  restoreFilter,
  zcdpFilter,
} from "./index.ts";

const neighboring = "add-or-remove-one";
const seed = 20_261_125;

/** Binary randomised response: the worst mechanism of its ε, with a loss of ±ε. Losses lie on a lattice of `unit`. */
const unit = 0.25;
const choices = [1, 3] as const;
const eventOf = (units: number, failure = 0): ReturnType<typeof epsilonDelta> => epsilonDelta(units * unit, failure);

interface Budget {
  readonly epsilon: number;
  readonly delta: number;
  readonly neighboring: typeof neighboring;
  readonly failureDelta?: number;
}
type Open = (budget: Budget) => Filter;
const filters: readonly [string, Open][] = [
  ["renyi", (b) => renyiFilter({ ...b, order: 6 })],
  ["zcdp", zcdpFilter],
  ["gdp", gdpFilter],
  ["epsilon-delta", epsilonDeltaFilter],
];

/** How often each choice may still be drawn, asked of the filter itself, along every order of the two. */
function admitted(open: Open, budget: Budget, failure = 0): (small: number, large: number) => boolean {
  const known = new Map<string, boolean>();
  return (small, large) => {
    const key = `${small} ${large}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const filter = open(budget);
    let fits = true;
    for (const [times, units] of [
      [small, choices[0]],
      [large, choices[1]],
    ] as const) {
      for (let i = 0; i < times && fits; i++) {
        fits = !filter.wouldExceed(eventOf(units, failure));
        if (fits) filter.commit(filter.reserve(eventOf(units, failure)));
      }
    }
    known.set(key, fits);
    return fits;
  };
}

/**
 * The most that any adaptive adversary gets out of the filter: max over strategies of E_P[(1 − e^(ε−L))₊], by
 * recursion over what was drawn and the loss so far. An adversary may stop at any time, when lucky among them. An event
 * that fails reveals everything.
 */
function bestHockeyStick(fits: (small: number, large: number) => boolean, epsilon: number, failure = 0): number {
  const known = new Map<string, number>();
  const value = (small: number, large: number, loss: number): number => {
    const key = `${small} ${large} ${loss}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    let best = Math.max(0, -Math.expm1(epsilon - loss * unit));
    for (const [i, units] of choices.entries()) {
      const next: [number, number] = i === 0 ? [small + 1, large] : [small, large + 1];
      if (!fits(...next)) continue;
      const truth = 1 / (1 + Math.exp(-units * unit));
      const drawn = truth * value(...next, loss + units) + (1 - truth) * value(...next, loss - units);
      best = Math.max(best, failure + (1 - failure) * drawn);
    }
    known.set(key, best);
    return best;
  };
  return value(0, 0, 0);
}

describe("A28: filters against adversaries", () => {
  for (const [name, open] of filters) {
    it(`${name}: the best of all adaptive adversaries stays within delta, and passes it once the limit is doubled`, () => {
      for (const [epsilon, delta] of [
        [1.6, 0.02],
        [3, 0.001],
      ] as const) {
        const inside = bestHockeyStick(admitted(open, { epsilon, delta, neighboring }), epsilon);
        expect(inside).toBeLessThanOrEqual(delta);
        const outside = bestHockeyStick(admitted(open, { epsilon: 2 * epsilon, delta, neighboring }), epsilon);
        expect(outside).toBeGreaterThan(delta);
      }
    });

    it(`${name}: the same with events that fail with a probability of their own, against failureDelta`, () => {
      const [epsilon, delta, failure] = [1.6, 0.02, 0.003];
      const budget = { epsilon, delta, neighboring, failureDelta: 0.009 } as const;
      expect(bestHockeyStick(admitted(open, budget, failure), epsilon, failure)).toBeLessThanOrEqual(delta);
      // were each failure's probability thrice what it says, the adversary would win
      expect(bestHockeyStick(admitted(open, budget, failure), epsilon, 3 * failure)).toBeGreaterThan(delta);
    });

    it(`${name}: no run of reserving, drawing, abandoning and crashing draws more than the limit allows`, () => {
      const step = fc.record({
        units: fc.integer({ min: 1, max: 6 }),
        end: fc.constantFrom("commit", "begin", "abandon", "leave", "crash"),
      });
      const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = { epsilon: 3, delta: 1e-3, neighboring } as const;
        let filter = open(budget);
        const counted: number[] = [];
        for (const { units, end } of steps) {
          const event = eventOf(units);
          const [wouldExceed, before] = [filter.wouldExceed(event), JSON.stringify(filter.snapshot())];
          if (wouldExceed) {
            // refused before anything is drawn, and nothing is spent
            expect(() => filter.reserve(event)).toThrow(/budget_exceeded/);
            expect(JSON.stringify(filter.snapshot())).toBe(before);
            continue;
          }
          const reservation = filter.reserve(event);
          if (end === "abandon") {
            filter.abandon(reservation);
            expect(filter.snapshot().events).toBe(counted.length);
            continue;
          }
          counted.push(units);
          if (end === "commit") filter.commit(reservation);
          if (end === "begin") {
            filter.begin(reservation);
            expect(() => filter.abandon(reservation)).toThrow(/invalid_state/);
          }
          if (end === "crash") {
            const spent = filter.spent.epsilon;
            filter = restoreFilter(JSON.parse(JSON.stringify(filter.snapshot())) as never);
            expect(filter.spent.epsilon).toBe(spent);
            expect(() => filter.abandon(reservation)).toThrow(/invalid_state/);
          }
        }
        // a fresh filter takes what was drawn, in any order: nothing was drawn that does not fit
        const again = open(budget);
        for (const units of counted.toSorted((a, b) => b - a)) again.commit(again.reserve(eventOf(units)));
        expect(filter.spent.events).toBe(counted.length);
        expect(Math.abs(filter.spent.epsilon - again.spent.epsilon)).toBeLessThan(1e-12);
        expect(filter.spent.epsilon).toBeLessThanOrEqual(budget.epsilon);
      });
      fc.assert(property, { seed, numRuns: 60 });
    });
  }
});
