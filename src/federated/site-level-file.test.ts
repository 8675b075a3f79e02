import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRunFile } from "./run-file.ts";
import { type SiteLevelFields, siteLevelFrom } from "./site-level-file.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-site-level-file-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const enrolled = ["ash", "elm", "fir", "oak"];
const common = { enrolled, samplingProbability: 1, l2ClipNorm: 1, delta: 1e-5, ledger: "ledger", scope: "sites" };
const run = {
  version: "federated-config/v1",
  address: "127.0.0.1:0",
  model: "model",
  rounds: 100,
  minClients: 3,
  weights: "equal",
};

function read(siteLevelPrivacy: object): SiteLevelFields {
  const path = join(dir, "run.json");
  writeFileSync(path, JSON.stringify({ ...run, siteLevelPrivacy }));
  const fields = readRunFile(path).value.siteLevelPrivacy;
  if (fields === undefined) throw new Error("none");
  return fields;
}
const at = (name: string): string => join(dir, name);

describe("noise with the site as unit, in a run file", () => {
  // 100 Gaussians of multiplier z are one of z/10; the exact epsilon at delta 1e-5 after Balle and Wang 2018, Theorem 8
  it.each([
    [4, 13.2],
    [8, 5.7],
    [16, 2.6],
  ])(
    "at noise multiplier %d over 100 rounds costs about %d, and a budget of that much is met by that noise",
    (z, e) => {
      const given = siteLevelFrom(read({ ...common, noiseMultiplier: z }), 100, at);
      expect(given.plan.guarantee().epsilon.upper).toBeCloseTo(e, 0);
      expect(given.budget.epsilon).toBe(given.plan.guarantee().epsilon.upper);
      expect(given.ledger).toBe(at("ledger"));
      const found = siteLevelFrom(read({ ...common, targetEpsilon: given.budget.epsilon }), 100, at);
      expect(found.plan.noiseMultiplier / z).toBeCloseTo(1, 4);
    },
  );

  it("is calibrated to no more than the target, sampled or not, adaptive or not", () => {
    const adaptiveClip = { quantile: 0.5, learningRate: 0.2, countNoiseStddev: 20 };
    for (const samplingProbability of [1, 0.3]) {
      for (const more of [{}, { adaptiveClip }]) {
        const fields = read({ ...common, ...more, samplingProbability, targetEpsilon: 8 });
        const { plan, budget } = siteLevelFrom(fields, 50, at);
        expect(plan.guarantee().epsilon.upper).toBeLessThanOrEqual(8);
        expect(plan.guarantee().epsilon.upper).toBeGreaterThan(7.99);
        expect(budget).toEqual({ epsilon: 8, delta: 1e-5 });
        expect(plan.rounds).toBe(50);
      }
    }
  });

  it("names the field that is wrong", () => {
    const wrong: [object, string][] = [
      [{ noiseMultiplier: 1, targetEpsilon: 1 }, "either noiseMultiplier or targetEpsilon"],
      [{}, "either noiseMultiplier or targetEpsilon"],
      [{ noiseMultiplier: 0 }, "siteLevelPrivacy.noiseMultiplier"],
      [{ noiseMultiplier: 1, delta: 1 }, "siteLevelPrivacy.delta"],
      [{ noiseMultiplier: 1, samplingProbability: 2 }, "siteLevelPrivacy.samplingProbability"],
      [{ noiseMultiplier: 1, enrolled: ["../a"] }, "siteLevelPrivacy.enrolled.0"],
      [{ noiseMultiplier: 1, sensitivity: 1e-4 }, "sensitivity"],
      [{ noiseMultiplier: 1, adaptiveClip: { quantile: 0.5 } }, "siteLevelPrivacy.adaptiveClip"],
    ];
    for (const [over, text] of wrong) expect(() => read({ ...common, ...over })).toThrow(text);
  });
});
