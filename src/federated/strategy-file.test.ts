import { describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { type StrategyFields, strategyFrom, strategySchema } from "./strategy-file.ts";
import { fedAdam, fedAvg, geometricMedian, krum, multiKrum, qFedAvg, ruleText, trimmedMean } from "./strategy.ts";

describe("a strategy in a file", () => {
  it("is the one that its constructor makes, with the same defaults", () => {
    const pairs: [StrategyFields, { rule: Parameters<typeof ruleText>[0] }][] = [
      [{ kind: "fed-avg" }, fedAvg()],
      [{ kind: "fed-adam", serverLearningRate: 0.1, beta1: 0.5 }, fedAdam({ serverLearningRate: 0.1, beta1: 0.5 })],
      [{ kind: "q-fed-avg", q: 1, lipschitz: 10 }, qFedAvg({ q: 1, lipschitz: 10 })],
      [{ kind: "trimmed-mean", trimmedFraction: 0.1 }, trimmedMean({ trimmedFraction: 0.1 })],
      [{ kind: "krum", byzantineSites: 1 }, krum({ byzantineSites: 1 })],
      [{ kind: "multi-krum", byzantineSites: 1, keptSites: 2 }, multiKrum({ byzantineSites: 1, keptSites: 2 })],
      [{ kind: "geometric-median" }, geometricMedian()],
    ];
    for (const [fields, strategy] of pairs) {
      const parsed = strategySchema.parse(fields);
      expect(ruleText(strategyFrom(parsed, "declared").rule)).toBe(ruleText(strategy.rule));
    }
  });

  it("with a constant that is missing, unknown or out of range is refused by name", () => {
    const wrong: [StrategyFields, string][] = [
      [{ kind: "fed-adam" }, "fedAdam.serverLearningRate"],
      [{ kind: "fed-avg", momentum: 0.9 }, "strategy.momentum"],
      [{ kind: "trimmed-mean", trimmedFraction: 0.7 }, "trimmedMean.trimmedFraction"],
    ];
    for (const [fields, argument] of wrong) {
      let error: unknown;
      try {
        strategyFrom(strategySchema.parse(fields), "equal");
      } catch (e) {
        error = e;
      }
      expect(isPrivacyError(error) && error.details).toMatchObject({ argument });
    }
  });

  it("of an unknown kind, or with text where a number belongs, is no strategy", () => {
    for (const fields of [{ kind: "fed-sgd" }, { kind: "krum", byzantineSites: "1" }, {}, "fed-avg"]) {
      expect(strategySchema.safeParse(fields).success).toBe(false);
    }
  });
});
