import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type Neighboring,
  account,
  bandedMatrix,
  composed,
  gaussian,
  laplace,
  mixtureOfGaussians,
  poissonSampled,
  randomizedResponse,
  sampledWithReplacement,
  sampledWithoutReplacement,
  selfComposed,
  shuffled,
  singleEpochTreeAggregation,
  unsupported,
  zcdp,
} from "../src/accounting/index.ts";
import { isPrivacyError } from "../src/core/index.ts";

function refusal(event: DpEvent, neighboring: Neighboring): unknown {
  try {
    account(event, { neighboring });
  } catch (e) {
    if (isPrivacyError(e) && e.code === "unsupported_event") return e.details;
    throw e;
  }
  return undefined;
}

describe("what has no sound analysis is refused by name and path", () => {
  const everywhere: readonly DpEvent[] = [
    unsupported(),
    sampledWithReplacement(100, 10, laplace(1)),
    sampledWithReplacement(100, 10, poissonSampled(0.1, gaussian(1))),
  ];
  for (const event of everywhere) {
    it(`${event.kind}, under every relation, wherever it stands`, () => {
      for (const neighboring of ["add-or-remove-one", "replace-one", "zero-out"] as const) {
        expect(refusal(event, neighboring)).toMatchObject({ kind: event.kind, path: "event" });
        const inside = composed(gaussian(1), selfComposed(event, 3));
        expect(refusal(inside, neighboring)).toMatchObject({ kind: event.kind, path: "event.events[1].event" });
      }
    });
  }

  it("A26: shuffled batches and trees, when records may come and go", () => {
    for (const event of [shuffled(10, gaussian(1)), singleEpochTreeAggregation(1, [8])]) {
      expect(refusal(event, "add-or-remove-one")).toMatchObject({ kind: event.kind });
      expect(refusal(event, "replace-one")).toBeUndefined();
      expect(refusal(event, "zero-out")).toBeUndefined();
    }
  });

  it("A26: batches of a fixed size, when records may come and go", () => {
    for (const event of [
      sampledWithoutReplacement(100, 10, gaussian(1)),
      sampledWithReplacement(100, 10, gaussian(1)),
    ]) {
      expect(refusal(event, "add-or-remove-one")).toMatchObject({ kind: event.kind, path: "event" });
      expect(refusal(composed(event), "add-or-remove-one")).toMatchObject({ path: "event.events[0]" });
      expect(refusal(event, "replace-one")).toBeUndefined();
      expect(refusal(event, "zero-out")).toBeUndefined();
    }
  });

  it("A23: mixtures when records are replaced, and randomised response when they are not", () => {
    expect(refusal(mixtureOfGaussians(1, [0, 1], [0.5, 0.5]), "replace-one")).toMatchObject({
      kind: "mixture-of-gaussians",
    });
    expect(refusal(randomizedResponse(0.5, 2), "add-or-remove-one")).toMatchObject({ kind: "randomized-response" });
    expect(refusal(poissonSampled(0.1, randomizedResponse(0.5, 2)), "zero-out")).toMatchObject({ path: "event.event" });
  });

  it("A24: groups where a single record has the only analysis", () => {
    const group = (event: DpEvent, neighboring: Neighboring): (() => void) => {
      return () => void account(event, { neighboring, groupSize: 2 });
    };
    expect(group(sampledWithoutReplacement(100, 10, gaussian(1)), "replace-one")).toThrow(/unsupported_event/);
    expect(group(poissonSampled(0.1, gaussian(1)), "replace-one")).toThrow(/unsupported_event/);
    expect(group(poissonSampled(0.1, zcdp(1)), "add-or-remove-one")).toThrow(/unsupported_event/);
    expect(
      group(bandedMatrix({ bands: 2, steps: 4, samplingProbability: 0.1, noiseMultiplier: 1 }), "zero-out"),
    ).toThrow(/unsupported_event/);
    for (const groupSize of [0, 1.5, -1, NaN, 1e6]) {
      expect(() => account(gaussian(1), { neighboring: "zero-out", groupSize })).toThrow(/groupSize must be/);
    }
  });

  it("an unknown relation, a delta or a tolerance out of range", () => {
    const accountant = account(gaussian(1), { neighboring: "zero-out" });
    expect(() => account(gaussian(1), { neighboring: "add" as Neighboring })).toThrow(/neighboring must be/);
    expect(() => accountant.guarantee({ delta: 0 })).toThrow(/delta must be/);
    expect(() => accountant.guarantee({ delta: 1 })).toThrow(/delta must be/);
    expect(() => accountant.guarantee({ delta: 0.5, tolerance: 0 })).toThrow(/tolerance must be/);
    expect(() => accountant.delta({ epsilon: -1 })).toThrow(/epsilon must be/);
    expect(() => accountant.tradeOff([1.5])).toThrow(/falsePositiveRates must be/);
  });
});
