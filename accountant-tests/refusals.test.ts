import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type Neighboring,
  account,
  composed,
  gaussian,
  mixtureOfGaussians,
  poissonSampled,
  randomizedResponse,
  repeatAndSelect,
  sampledWithReplacement,
  sampledWithoutReplacement,
  selfComposed,
  shuffled,
  singleEpochTreeAggregation,
  truncatedSubsampledGaussian,
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
    sampledWithReplacement(100, 10, gaussian(1)),
    sampledWithoutReplacement(100, 10, gaussian(1)),
    truncatedSubsampledGaussian({
      datasetSize: 100,
      samplingProbability: 0.1,
      truncatedBatchSize: 20,
      noiseMultiplier: 1,
    }),
    mixtureOfGaussians(1, [0, 1], [0.5, 0.5]),
    repeatAndSelect(gaussian(1), 3, 1),
    poissonSampled(0.1, zcdp(0.1)),
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

  it("A23: Poisson sampling when records are replaced, and randomised response when they are not", () => {
    expect(refusal(poissonSampled(0.1, gaussian(1)), "replace-one")).toMatchObject({ kind: "poisson-sampled" });
    expect(refusal(poissonSampled(1, gaussian(1)), "replace-one")).toBeUndefined();
    expect(refusal(randomizedResponse(0.5, 2), "add-or-remove-one")).toMatchObject({ kind: "randomized-response" });
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
