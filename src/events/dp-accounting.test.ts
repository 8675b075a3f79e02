import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  bandedMatrix,
  composed,
  discreteGaussian,
  discreteGaussianSum,
  epsilonDelta,
  fromDpAccounting,
  gaussian,
  laplace,
  noOp,
  poissonSampled,
  selfComposed,
  shuffled,
  singleEpochTreeAggregation,
  toDpAccounting,
  visitEvent,
} from "./index.ts";

/** What dp_accounting itself printed; origin in tools/vectors-events.py. */
const vectors = JSON.parse(readFileSync(new URL("dp-accounting.vectors.json", import.meta.url), "utf8")) as {
  readonly events: readonly object[];
  readonly scalar_step_counts: object;
};
const module_name = "dp_accounting.dp_event";

describe("dp_accounting's own events", () => {
  it("are read, and written back to the last field", () => {
    const kinds = new Set<string>();
    for (const theirs of vectors.events) {
      const event = fromDpAccounting(theirs);
      visitEvent(event, (_, e) => kinds.add(e.kind));
      expect(toDpAccounting(event)).toEqual(theirs);
      expect(JSON.stringify(toDpAccounting(event))).toBe(JSON.stringify(theirs));
    }
    expect(kinds.size).toBe(17);
  });

  it("may give a single tree's steps as a number", () => {
    expect(fromDpAccounting(vectors.scalar_step_counts)).toEqual(singleEpochTreeAggregation(3.5, [8]));
  });

  it("that came after 0.6.0 are read too, and those that claim more than we price lose the claim", () => {
    const theirs = { module_name, class_name: "DiscreteGaussianDpEvent", sigma: 2.5, sensitivity: 3, dimension: 1 };
    expect(fromDpAccounting(theirs)).toEqual(discreteGaussian(2.5, 3));
    expect(fromDpAccounting({ module_name, class_name: "PermuteAndFlipDpEvent", epsilon: 0.5 })).toEqual(
      epsilonDelta(0.5, 0),
    );
  });

  it.each([
    ["class_name", { module_name, class_name: "SkellamDpEvent" }],
    ["class_name", { module_name, class_name: "constructor" }],
    ["module_name", { module_name: "os", class_name: "NoOpDpEvent" }],
    ["noise", { module_name, class_name: "NoOpDpEvent", noise: 1 }],
    ["event.class_name", { module_name, class_name: "SelfComposedDpEvent", count: 2, event: { module_name } }],
    [
      "count",
      { module_name, class_name: "SelfComposedDpEvent", count: 2.5, event: { module_name, class_name: "NoOpDpEvent" } },
    ],
    ["event", { module_name, class_name: "SelfComposedDpEvent", count: 2, event: "NoOpDpEvent" }],
    ["events", { module_name, class_name: "ComposedDpEvent", events: 3 }],
  ])("are refused by path where they are not what they should be: %s", (path, theirs) => {
    expect(() => fromDpAccounting(theirs)).toThrow(`[invalid_argument] ${path} must be`);
  });
});

describe("kinds that dp_accounting lacks", () => {
  it("become what has the same price there", () => {
    const banded = bandedMatrix({ bands: 8, steps: 1001, samplingProbability: 0.25, noiseMultiplier: 2 });
    expect(fromDpAccounting(toDpAccounting(banded))).toEqual(selfComposed(poissonSampled(0.25, gaussian(2)), 126));
    const epochs = selfComposed(shuffled(100, gaussian(2)), 5);
    expect(fromDpAccounting(toDpAccounting(epochs))).toEqual(selfComposed(singleEpochTreeAggregation(2, [1]), 5));
  });

  it("or are refused by name and path", () => {
    const sum = discreteGaussianSum({ summands: 9, stddev: 4, l1Sensitivity: 9, l2Sensitivity: 3, dimension: 20 });
    expect(() => toDpAccounting(composed(noOp(), sum))).toThrow(
      /^\[unsupported_event\] events\[1\] .* discrete-gaussian-sum/,
    );
    expect(() => toDpAccounting(shuffled(3, laplace(1)))).toThrow("[unsupported_event]");
  });
});
