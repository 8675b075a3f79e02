import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRunFile } from "./run-file.ts";
import { secureFrom } from "./secure-file.ts";
import type { SecureAggregationOptions } from "./secure-exchange.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-secure-file-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const noise = { l2ClipNorm: 1, delta: 1e-5, honestSurvivors: 5, ledger: "ledger", scope: "sites" };
const base = { version: "federated-config/v1", address: "127.0.0.1:0", model: "m", rounds: 100, minClients: 8 };
const run = { rounds: 100, minClients: 8, elements: 1000 };

function read(secureAggregation: object): SecureAggregationOptions {
  const path = join(dir, "run.json");
  writeFileSync(path, JSON.stringify({ ...base, secureAggregation }));
  const fields = readRunFile(path).value.secureAggregation;
  if (fields === undefined) throw new Error("none");
  return secureFrom(fields, run, (name) => join(dir, name));
}

describe("masked updates, in a run file", () => {
  it("keep the range as it was", () => {
    expect(read({ range: 8 })).toEqual({ range: 8 });
    expect(read({ range: 8, stepMs: 100 })).toEqual({ range: 8, stepMs: 100 });
  });

  it("plan noise for the run's rounds, smallest cohort and model, and budget this run alone", () => {
    const { siteNoise } = read({ siteNoise: { ...noise, noiseMultiplier: 4 } });
    expect(siteNoise?.plan).toMatchObject({ ...run, noiseMultiplier: 4, honestSurvivors: 5, delta: 1e-5 });
    // 14.13054…: see the plan's own test
    expect(siteNoise?.budget).toEqual({ epsilon: siteNoise?.plan.guarantee().epsilon.upper, delta: 1e-5 });
    expect(siteNoise?.ledger).toBe(join(dir, "ledger"));
  });

  it("calibrate noise to a target", () => {
    const { siteNoise } = read({ siteNoise: { ...noise, targetEpsilon: 3 } });
    const upper = siteNoise?.plan.guarantee().epsilon.upper ?? Infinity;
    expect(upper).toBeLessThanOrEqual(3);
    expect(upper).toBeGreaterThan(2.99);
    expect(siteNoise?.budget.epsilon).toBe(3);
  });

  it("are refused with both or neither of range and noise, both or neither of multiplier and target, and fields that nobody knows", () => {
    const bad = [
      {},
      { range: 8, siteNoise: { ...noise, noiseMultiplier: 4 } },
      { siteNoise: noise },
      { siteNoise: { ...noise, noiseMultiplier: 4, targetEpsilon: 3 } },
      { siteNoise: { ...noise, noiseMultiplier: 4, survivors: 9 } },
      { siteNoise: { ...noise, noiseMultiplier: 0 } },
      { siteNoise: { ...noise, noiseMultiplier: 4, honestSurvivors: 2.5 } },
      { siteNoise: { ...noise, noiseMultiplier: 4, delta: 1 } },
      { siteNoise: { ...noise, noiseMultiplier: 4, honestSurvivors: 7 } },
    ];
    for (const fields of bad) {
      expect(() => read(fields)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    }
  });
});
