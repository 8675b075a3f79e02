import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  composed,
  eventFromJson,
  eventToJson,
  fromOpacusHistory,
  gaussian,
  poissonSampled,
  selfComposed,
} from "./index.ts";

const segment = fc.tuple(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(),
);

describe("an Opacus history", () => {
  it("becomes as many Poisson-sampled Gaussians as it has steps, segment by segment", () => {
    const first = selfComposed(poissonSampled(0.04, gaussian(1.5)), 2250);
    const second = selfComposed(poissonSampled(0.01, gaussian(1)), 7);
    expect(fromOpacusHistory([[1.5, 0.04, 2250]])).toEqual(first);
    const both = [
      [1.5, 0.04, 2250],
      [1, 0.01, 7],
    ];
    expect(fromOpacusHistory(both)).toEqual(composed(first, second));
    expect(fromOpacusHistory([])).toEqual(composed());
  });

  it("keeps every number of every segment, also through JSON", () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (history) => {
        const event = fromOpacusHistory(JSON.parse(JSON.stringify(history)));
        const parts = event.kind === "composed" ? event.events : [event];
        const back = parts.map((part) => {
          if (part.kind !== "self-composed" || part.event.kind !== "poisson-sampled") return undefined;
          const step = part.event;
          return step.event.kind === "gaussian"
            ? [step.event.noiseMultiplier, step.samplingProbability, part.count]
            : undefined;
        });
        // −0 is read as 0
        expect(back).toEqual(history.map((s) => s.map((x) => (x === 0 ? 0 : x))));
        expect(eventFromJson(eventToJson(event))).toEqual(event);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it.each([
    ["history must", undefined],
    ["history must", { history: [] }],
    ["history must", "[[1, 0.1, 1]]"],
    ["history[0] must", [1, 0.1, 1]],
    [
      "history[1] must",
      [
        [1, 0.1, 1],
        [1, 0.1],
      ],
    ],
    ["history[0] must", [[1, 0.1, 1, 1]]],
    ["history[0] must", Array.from({ length: 1 })],
    ["history[0][0] must", [[-1, 0.1, 1]]],
    ["history[0][0] must", [[Infinity, 0.1, 1]]],
    ["history[0][0] must", [["1", 0.1, 1]]],
    ["history[0][1] must", [[1, 1.1, 1]]],
    ["history[0][1] must", [[1, NaN, 1]]],
    ["history[0][2] must", [[1, 0.1, 1.5]]],
    ["history[0][2] must", [[1, 0.1, -1]]],
    ["history[0][2] must", [[1, 0.1, null]]],
  ])("is refused by path: %s", (message, history) => {
    expect(() => fromOpacusHistory(history)).toThrow(`[invalid_argument] ${message}`);
  });
});
