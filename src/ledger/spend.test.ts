import { describe, expect, it } from "vitest";
import { account, epsilonFromRdp } from "../accounting/index.ts";
import type { DpEvent } from "../events/index.ts";
import { chooseFilterOrder } from "./filter-order.ts";
import { gaussianStep } from "./ledger.fixture.ts";
import { SpendCounter, countedSteps } from "./spend.ts";
import type { RunState } from "./state.ts";

const policy = {
  unit: "example",
  neighboring: "add-or-remove-one",
  delta: 1e-5,
  epsilonMax: 3,
  filter: "rdp",
  filterOrder: 8,
} as const;

function run(parts: Partial<RunState>): RunState {
  return {
    runId: "r",
    scope: "s",
    event: gaussianStep(10),
    scheduled: 10,
    randomSource: "operating-system",
    reserved: 0,
    used: 0,
    open: true,
    touched: true,
    ...parts,
  };
}

/** ε of a Rényi divergence ρ at order α, as the paper prints it. */
const byHand = (rho: number, alpha: number, delta: number): number =>
  rho + Math.log(1 - 1 / alpha) - Math.log(delta * alpha) / (alpha - 1);

const ownEpsilon = (z: number, steps: number): number =>
  account({ kind: "self-composed", count: steps, event: gaussianStep(z) }, policy).guarantee({ delta: 1e-5 }).epsilon
    .upper;

describe("what the runs of a scope add up to", () => {
  it("is nothing before the first schedule, and nothing for runs that were closed before any step", () => {
    const counter = new SpendCounter(policy);
    expect(counter.guarantee([])).toMatchObject({ rule: "nothing-scheduled", epsilon: 0 });
    const untouched = run({ open: false, touched: false });
    expect(counter.guarantee([untouched, untouched])).toMatchObject({ rule: "nothing-scheduled", epsilon: 0 });
  });

  it("is the full schedule's own guarantee for one run, however early it stopped", () => {
    const counter = new SpendCounter(policy);
    const full = counter.guarantee([run({})]);
    expect(full).toMatchObject({ rule: "own-guarantee", epsilon: ownEpsilon(10, 10) });
    expect(counter.guarantee([run({ open: false, used: 1 })]).epsilon).toBe(full.epsilon);
  });

  it("is the sum of Rényi divergences at the policy's order for several runs: steps · α / 2z² for Gaussians", () => {
    const runs = [run({}), run({ event: gaussianStep(20), scheduled: 7 })];
    const { rule, epsilon } = new SpendCounter(policy).guarantee(runs);
    const expected = byHand((10 * 8) / (2 * 100) + (7 * 8) / (2 * 400), 8, 1e-5);
    expect(rule).toBe("renyi-filter");
    expect(epsilon).toBeGreaterThanOrEqual(expected - 1e-15);
    expect(epsilon).toBeLessThan(expected * (1 + 1e-9));
  });

  it("counts an open run in full, and of a closed one what it used or left reserved", () => {
    expect(countedSteps(run({ used: 2, reserved: 3 }))).toBe(10);
    expect(countedSteps(run({ used: 2, reserved: 3, open: false }))).toBe(5);
  });

  it("doubles a plain Gaussian's sensitivity under replace-one", () => {
    const runs = [run({}), run({})];
    const swapped = new SpendCounter({ ...policy, neighboring: "replace-one" }).guarantee(runs).epsilon;
    const halved = [run({ event: gaussianStep(5) }), run({ event: gaussianStep(5) })];
    expect(swapped).toBeCloseTo(new SpendCounter(policy).guarantee(halved).epsilon, 10);
  });

  it("is Infinity as soon as one run has no Rényi bound", () => {
    const without: DpEvent = { kind: "epsilon-delta", epsilon: 0.1, delta: 1e-6 };
    const { epsilon } = new SpendCounter(policy).guarantee([run({}), run({ event: without, scheduled: 1 })]);
    expect(epsilon).toBe(Infinity);
  });

  it("says that the count is no guarantee by itself when runs were chosen by outputs", () => {
    const runs = [run({}), run({})];
    expect(new SpendCounter(policy).guarantee(runs).caveats.join()).toContain("epsilonMax 3 holds");
    expect(new SpendCounter({ ...policy, epsilonMax: null }).guarantee(runs).caveats.join()).toContain("no limit");
    const seeded = run({ randomSource: "seeded-test" });
    expect(new SpendCounter(policy).guarantee([seeded]).caveats.join()).toContain("seed");
  });
});

describe("admission", () => {
  /** The most steps of N(0, 10²) that fit ε = 3 alone: more than the filter at order 8 would let in. */
  const mostAlone = ((): number => {
    let steps = 1;
    while (ownEpsilon(10, steps + 1) <= 3) steps++;
    return steps;
  })();
  const filtered = (steps: number): number => epsilonFromRdp((steps * 8) / 200, 8, 1e-5);

  it("admits a first run by its own guarantee, up to the last step that fits", () => {
    const counter = new SpendCounter(policy);
    expect(filtered(mostAlone)).toBeGreaterThan(3);
    expect(counter.admit([], gaussianStep(10), mostAlone).fits).toBe(true);
    expect(counter.admit([], gaussianStep(10), mostAlone + 1).fits).toBe(false);
  });

  it("adds nothing to a run that fits only by its own guarantee, even after it stopped at its first step", () => {
    // else: run in full when the first output is boring, stop and spend the rest elsewhere when it is not
    const counter = new SpendCounter(policy);
    const stopped = run({ scheduled: mostAlone, used: 1, open: false });
    const { fits, advice } = counter.admit([stopped], gaussianStep(10), 1);
    expect(fits).toBe(false);
    expect(advice).toContain("even if it stopped early");
  });

  it("forgets such a run when it closed before any step was reserved", () => {
    const unused = run({ scheduled: mostAlone, open: false, touched: false });
    expect(new SpendCounter(policy).admit([unused], gaussianStep(10), mostAlone).fits).toBe(true);
  });

  it("admits later runs up to the filter's last step, and makes room when a run closes early", () => {
    const counter = new SpendCounter(policy);
    let most = 1;
    while (filtered(most + 1) <= 3) most++;
    const half = run({ scheduled: Math.floor(most / 2) });
    expect(counter.admit([half], gaussianStep(10), most - half.scheduled - 1).fits).toBe(true);
    expect(counter.admit([half], gaussianStep(10), most - half.scheduled + 1).fits).toBe(false);
    const closed = { ...half, used: 1, open: false };
    expect(counter.admit([closed], gaussianStep(10), most - half.scheduled + 1).fits).toBe(true);
  });

  it("refuses a run whose event has no accountant under the scope's relation", () => {
    const event: DpEvent = { kind: "shuffled", batches: 10, event: gaussianStep(1) };
    const admit = (): unknown => new SpendCounter(policy).admit([], event, 1);
    expect(admit).toThrow(/unsupported_event/);
  });
});

describe("the filter's order", () => {
  const at = { neighboring: "add-or-remove-one", delta: 1e-5 } as const;

  it.each([1, 10, 100, 1000])(
    "prices 4 runs of %i Gaussian steps within a hundredth of the best order, 2 and 8 within a tenth",
    (steps) => {
      const order = chooseFilterOrder({ event: gaussianStep(20), steps }, { ...at, epsilonMax: null });
      const loss = (runs: number): number => {
        const price = (alpha: number): number => byHand((runs * steps * alpha) / 800, alpha, 1e-5);
        let best = Infinity;
        for (let alpha = 1.01; alpha < 2000; alpha *= 1.001) best = Math.min(best, price(alpha));
        return price(order) / best;
      };
      expect(loss(4)).toBeLessThan(1.01);
      expect(Math.max(loss(2), loss(8))).toBeLessThan(1.1);
    },
  );

  it.each([0.5, 1, 3, 8])("fits into epsilon %d all but 3 in 100 of the steps that any order fits", (epsilonMax) => {
    const order = chooseFilterOrder({ event: gaussianStep(20), steps: 1 }, { ...at, epsilonMax });
    const room = (alpha: number): number => (epsilonMax - byHand(0, alpha, 1e-5)) / (alpha / 800);
    let best = 0;
    for (let alpha = 1.01; alpha < 2000; alpha *= 1.001) best = Math.max(best, room(alpha));
    expect(room(order)).toBeGreaterThan(0.97 * best);
  });

  it("is some order above 1 even for an event without Rényi bounds", () => {
    const event: DpEvent = { kind: "non-private" };
    expect(chooseFilterOrder({ event, steps: 1 }, { ...at, epsilonMax: 1 })).toBeGreaterThan(1);
  });
});
