import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FederatedClient, planDpFedAvg, startClient } from "../federated/index.ts";
import { verifyLedger } from "../ledger/index.ts";
import type { Output } from "./output.ts";
import { runCli } from "./program.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-cli-serve-"));
  mkdirSync(join(dir, "model"));
  const weightsManifest = [{ paths: ["weights.bin"], weights: [{ name: "w", dtype: "float32", shape: [2] }] }];
  writeFileSync(join(dir, "model", "model.json"), JSON.stringify({ modelTopology: {}, weightsManifest }));
  writeFileSync(join(dir, "model", "weights.bin"), Buffer.alloc(8));
});
afterAll(() => rmSync(dir, { recursive: true }));

const enrolled = ["ash", "elm", "fir"];
const plan = { rounds: 2, samplingProbability: 1, l2ClipNorm: 1, noiseMultiplier: 4, delta: 1e-5 };

/** Serves a run for three sites, as the command line does, to its end. */
async function serve(ledger: string, ...flags: string[]): Promise<{ code: number; out: string[] }> {
  const { rounds, ...site } = plan;
  const run = {
    version: "federated-config/v1",
    address: "127.0.0.1:0",
    model: "model",
    rounds,
    minClients: 3,
    weights: "equal",
    siteLevelPrivacy: { ...site, enrolled, ledger, scope: "sites" },
  };
  writeFileSync(join(dir, "run.json"), JSON.stringify(run));
  const out: string[] = [];
  const sites: Promise<unknown>[] = [];
  const client: FederatedClient = { getParameters: () => [], fit: (parameters) => parameters, evaluate: () => ({}) };
  const output: Output = {
    out: (line) => void out.push(line),
    progress: (line) => {
      const address = /listening on (\S+)/.exec(line)?.[1];
      if (address !== undefined) sites.push(...enrolled.map((name) => startClient({ address, site: name, client })));
    },
    status: () => undefined,
    isTerminal: false,
  };
  const code = await runCli(["federated", "serve", join(dir, "run.json"), ...flags], output);
  await Promise.all(sites);
  return { code, out };
}

describe("sordino federated serve with the site as unit", () => {
  const { upper } = planDpFedAvg({ ...plan, sites: 3 }).guarantee().epsilon;

  it("ends with what the models cost, for whom, and whom one has to believe", async () => {
    const { code, out } = await serve("ledger");
    expect(code).toBe(0);
    const privacy = out.find((line) => line.startsWith("privacy")) ?? "";
    expect(privacy).toContain("zero-out site");
    // printed rounded up
    const printed = Number(/epsilon <= ([0-9.]+)/.exec(privacy)?.[1]);
    expect(printed).toBeGreaterThanOrEqual(upper);
    expect(printed).toBeLessThan(upper * 1.01);
    expect(out.join("\n")).toContain("the coordinator must be honest");
    const { ok, problems } = await verifyLedger(join(dir, "ledger"));
    expect([ok, problems]).toEqual([true, []]);
  });

  it("says the same in JSON", async () => {
    const { out } = await serve("ledger-json", "--json");
    const { privacy } = JSON.parse(out.at(-1) ?? "") as { privacy: { epsilon: { upper: number } } };
    expect(privacy.epsilon.upper).toBe(upper);
    expect(privacy).toMatchObject({ unit: "client", neighboring: "zero-out", coordinator: "must be honest" });
  });

  it("does not start a second run that its scope has no budget for", async () => {
    const { code } = await serve("ledger");
    expect(code).not.toBe(0);
  });
});
