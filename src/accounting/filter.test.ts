import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type Filter,
  type Guarantee,
  account,
  bandedMatrix,
  composed,
  discreteGaussian,
  epsilonDelta,
  epsilonDeltaFilter,
  exponentialMechanism,
  gaussian,
  gdpFilter,
  laplace,
  nonPrivate,
  poissonSampled,
  renyiFilter,
  restoreFilter,
  scheduled,
  selfComposed,
  zcdp,
  zcdpFilter,
} from "./index.ts";
import { gaussianOfPure } from "./filter-rule.ts";

const neighboring = "add-or-remove-one";
const at = (epsilon: number, delta: number) => ({ epsilon, delta, neighboring }) as const;
const counted = (filter: Filter, ...events: readonly DpEvent[]): number => {
  for (const event of events) filter.commit(filter.reserve(event));
  return filter.spent.epsilon;
};

describe("filters against numbers from elsewhere", () => {
  it("gdp: ten Gaussians of z = 4 come to the exact epsilon of one of z = 4/√10 (60 digits, bisection)", () => {
    const epsilon = counted(gdpFilter(at(4, 1e-5)), ...Array.from({ length: 10 }, () => gaussian(4)));
    expect(epsilon).toBeGreaterThanOrEqual(3.3414094692393);
    expect(epsilon).toBeLessThan(3.3414094692394 + 1e-9);
  });

  it("gdp: a pure event is the Gaussian that meets it at its corner (mpmath), and every one of its statements holds", () => {
    for (const [epsilon, mu] of [
      [0.001, 0.001253314114901875],
      [1, 1.232035385344901],
      [5, 4.946678445595658],
    ] as const) {
      expect(gaussianOfPure(epsilon)).toBeGreaterThanOrEqual(mu);
      expect(gaussianOfPure(epsilon)).toBeLessThan(mu * (1 + 1e-11));
    }
    const epsilon = counted(gdpFilter(at(5, 1e-5)), selfComposed(gaussian(4), 10), laplace(2));
    expect(Math.abs(epsilon - 4.4131670380873)).toBeLessThan(1e-8);
    // the trade-off curve of e-DP, in both its lines, against that of its Gaussian
    for (const e of [0.01, 0.3, 2, 8]) {
      const gauss = account(gaussian(1 / gaussianOfPure(e)), { neighboring });
      for (let k = 0; k <= 20; k++) {
        const at = (e * k) / 20;
        const gap = (Math.exp(e) - Math.exp(at)) / (1 + Math.exp(e));
        expect(gauss.delta({ epsilon: at }).upper).toBeGreaterThanOrEqual(gap * (1 - 1e-12));
      }
    }
  });

  it("zcdp: rho converts at its best order (mpmath), with pure events at e²/2 and bounded-range ones at e²/8", () => {
    expect(counted(zcdpFilter(at(5, 1e-5)), zcdp(0.5))).toBeCloseTo(4.728386984943314, 6);
    expect(counted(zcdpFilter(at(5, 1e-5)), gaussian(1))).toBeCloseTo(4.728386984943314, 6);
    expect(counted(zcdpFilter(at(1, 1e-6)), epsilonDelta(0.2, 0))).toBeCloseTo(0.8999352676640668, 6);
    expect(counted(zcdpFilter(at(1, 1e-6)), exponentialMechanism(0.4))).toBeCloseTo(0.8999352676640668, 6);
  });

  it("epsilon-delta: sum and square root law, whichever is less (mpmath, by the formula of Whitehouse et al.)", () => {
    const hundred = Array.from({ length: 100 }, () => epsilonDelta(0.1, 0));
    const many = counted(epsilonDeltaFilter(at(6, 1e-6)), ...hundred);
    expect(many).toBeGreaterThanOrEqual(5.756521769756931);
    expect(many).toBeCloseTo(5.756521769756931, 9);
    const mixed = [selfComposed(laplace(10), 50), selfComposed(laplace(5), 25)];
    expect(counted(epsilonDeltaFilter(at(9, 1e-8)), ...mixed)).toBeCloseTo(8.18384437766969, 9);
    expect(counted(epsilonDeltaFilter(at(1, 1e-6)), laplace(4), laplace(2))).toBeCloseTo(0.75, 12);
  });

  it("renyi: order 8 at rho = 4 is 5.2141 (dp_accounting, orders = [8])", () => {
    expect(counted(renyiFilter({ ...at(6, 1e-5), order: 8 }), gaussian(1))).toBeCloseTo(5.2141, 3);
  });

  it("none is below the exact price of the same events scheduled in advance", () => {
    const events = Array.from({ length: 30 }, (_, i) => gaussian(3 + (i % 4)));
    const truth = account(composed(...events), { neighboring }).guarantee({ delta: 1e-6 }).epsilon.lower;
    for (const open of [gdpFilter, zcdpFilter]) {
      expect(counted(open(at(20, 1e-6)), ...events)).toBeGreaterThanOrEqual(truth);
    }
    expect(counted(renyiFilter({ ...at(20, 1e-6), order: 5 }), ...events)).toBeGreaterThanOrEqual(truth);
  });
});

describe("what a filter takes", () => {
  const kinds: readonly [string, Filter, readonly DpEvent[], readonly DpEvent[]][] = [
    [
      "gdp",
      gdpFilter(at(50, 1e-5)),
      [gaussian(1), selfComposed(gaussian(5), 3), laplace(3)],
      [poissonSampled(0.1, gaussian(1)), zcdp(0.1), discreteGaussian(3, 1)],
    ],
    [
      "zcdp",
      zcdpFilter(at(50, 1e-5)),
      [gaussian(1), discreteGaussian(3, 1), zcdp(0.1), laplace(3)],
      [
        poissonSampled(0.1, gaussian(1)),
        zcdp(0.1, 0.1),
        bandedMatrix({ bands: 4, steps: 8, samplingProbability: 0.1, noiseMultiplier: 1 }),
      ],
    ],
    [
      "epsilon-delta",
      epsilonDeltaFilter({ ...at(50, 1e-5), failureDelta: 1e-6 }),
      [epsilonDelta(0.5, 5e-7), laplace(3)],
      [gaussian(1), zcdp(0.1)],
    ],
    [
      "renyi",
      renyiFilter({ ...at(50, 1e-5), order: 4, failureDelta: 1e-6 }),
      [gaussian(1), poissonSampled(0.1, gaussian(1)), zcdp(0.1, 0.1), epsilonDelta(0.5, 1e-6)],
      [],
    ],
  ];
  for (const [name, filter, taken, refused] of kinds) {
    it(`${name}: only events of its kind, the others by name, and nothing without protection`, () => {
      for (const event of taken) expect(filter.wouldExceed(event)).toBe(false);
      for (const event of refused) {
        expect(() => filter.wouldExceed(event)).toThrow(new RegExp(`unsupported_event.*${name} filter.*${event.kind}`));
        expect(() => filter.reserve(event)).toThrow(/unsupported_event/);
      }
      expect(filter.wouldExceed(nonPrivate())).toBe(true);
      expect(() => filter.reserve(nonPrivate())).toThrow(/budget_exceeded.*Infinity/);
      expect(filter.spent).toMatchObject({ epsilon: 0, events: 0 });
    });
  }

  it("failure probabilities that add up to failureDelta fit, and not one more", () => {
    const filter = renyiFilter({ ...at(9, 1e-5), order: 8, failureDelta: 3e-6 });
    for (let i = 0; i < 3; i++) filter.commit(filter.reserve(epsilonDelta(0.01, 1e-6)));
    expect(filter.wouldExceed(epsilonDelta(0.01, 1e-9))).toBe(true);
    expect(() => filter.reserve(epsilonDelta(0.01, 1e-9))).toThrow(/budget_exceeded.*failure probabilities/);
    expect(filter.wouldExceed(gaussian(10))).toBe(false);
  });

  it("what is set aside for failures is not there for the conversion", () => {
    const whole = counted(gdpFilter({ ...at(9, 1e-5), failureDelta: 4e-6 }), gaussian(1));
    const rest = counted(gdpFilter(at(9, 6e-6)), gaussian(1));
    expect(whole).toBeGreaterThanOrEqual(rest);
    expect(whole).toBeLessThan(rest * (1 + 1e-8));
  });

  it("refuses a budget that is none", () => {
    expect(() => gdpFilter(at(0, 1e-5))).toThrow(/epsilon must be/);
    expect(() => gdpFilter(at(1, 1))).toThrow(/delta must be/);
    expect(() => zcdpFilter({ ...at(1, 1e-5), failureDelta: 1e-5 })).toThrow(/failureDelta must be/);
    expect(() => renyiFilter({ ...at(1, 1e-5), order: 1 })).toThrow(/order must be/);
    expect(() => gdpFilter({ ...at(1, 1e-5), neighboring: "bounded" as never })).toThrow(/neighboring must be/);
  });
});

describe("snapshots", () => {
  it("refuse what is no snapshot, and a count beyond the limit", () => {
    const filter = gdpFilter(at(2, 1e-5));
    filter.commit(filter.reserve(gaussian(3)));
    const good = filter.snapshot();
    expect(restoreFilter(good).spent).toEqual(filter.spent);
    const bad: readonly object[] = [
      { version: "filter/v2" },
      { rule: "pld" },
      { rule: "zcdp", order: 3 },
      { rule: "renyi" },
      { totals: [] },
      { totals: [{ high: -1, low: 0 }, good.totals[1]] },
      { totals: [{ high: NaN, low: 0 }, good.totals[1]] },
      { totals: [{ high: 1, low: -1 }, good.totals[1]] },
      { totals: [{ high: 9, low: 0 }, good.totals[1]] },
      { events: 0.5 },
      { delta: 0 },
      { epsilon: Infinity },
    ];
    for (const change of bad) {
      expect(() => restoreFilter({ ...good, ...change }), JSON.stringify(change)).toThrow(/invalid_argument/);
    }
  });

  it("many small spends lose nothing and gain nothing", () => {
    const filter = gdpFilter(at(2, 1e-5));
    const one = filter.reserve(gaussian(3000));
    filter.commit(one);
    const { totals } = filter.snapshot();
    const single = totals[0]?.high ?? 0;
    for (let i = 1; i < 20_000; i++) filter.commit(filter.reserve(gaussian(3000)));
    const sum = filter.spent.sums["mu squared"] ?? 0;
    expect(sum).toBeGreaterThanOrEqual(single * 20_000);
    expect(sum).toBeLessThanOrEqual(single * 20_000 * (1 + 1e-15));
  });
});

describe("scheduled and adaptive are different types", () => {
  it("no accountant takes an adaptive spending, by type and at run time", () => {
    const filter = gdpFilter(at(2, 1e-5));
    const reservation = filter.reserve(gaussian(3));
    // @ts-expect-error an adaptive spending is no event
    expect(() => account(filter, { neighboring })).toThrow(/invalid_argument/);
    // @ts-expect-error nor is a reservation
    expect(() => account(reservation, { neighboring })).toThrow(/invalid_argument/);
    // @ts-expect-error nor is it a schedule
    expect(() => scheduled(filter, { neighboring })).toThrow(/invalid_argument/);
    // @ts-expect-error what a filter promises is no Guarantee
    const claim: Guarantee = filter.guarantee;
    expect(claim).toMatchObject({ version: "adaptive-guarantee/v1", rule: "gdp", epsilon: 2, delta: 1e-5 });
    expect("event" in claim).toBe(false);
  });

  it("a schedule is an accountant, and carries that it was one", () => {
    const schedule = scheduled(selfComposed(gaussian(4), 10), { neighboring });
    expect(schedule.adaptivity).toBe("scheduled");
    expect(schedule.guarantee({ delta: 1e-5 }).epsilon.upper).toBeCloseTo(3.34140946923934, 9);
  });
});
