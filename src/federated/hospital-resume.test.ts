import "@tensorflow/tfjs-backend-cpu";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLedger } from "../ledger/index.ts";
import type { RunAnnouncement } from "./client.ts";
import { type HospitalClient, type HospitalOptions, hospitalClient } from "./hospital-client.ts";
import type { Parameters } from "./parameters.ts";

let dir: string;
beforeAll(async () => {
  await setBackend("cpu");
  dir = mkdtempSync(join(tmpdir(), "sordino-resume-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const rows = 40;
const privacy = {
  unit: "example",
  neighboring: "add-or-remove-one",
  targetEpsilon: 4,
  delta: 1e-4,
  l2ClipNorm: 1,
  expectedBatchSize: 20,
  stepsPerRound: 3,
  maxRounds: 4,
} as const;

function announcement(): { run: RunAnnouncement; start: Parameters } {
  const model = sequential({ layers: [layers.dense({ inputShape: [2], units: 2, activation: "softmax" })] });
  const topologyJson = JSON.stringify(model.toJSON(null, false));
  model.dispose();
  const start: Parameters = [
    { name: "kernel", dtype: "float32", shape: [2, 2], data: new Float32Array(4) },
    { name: "bias", dtype: "float32", shape: [2], data: new Float32Array(2) },
  ];
  const tensors = start.map(({ name, shape }, i) => ({ name: name ?? String(i), dtype: "float32" as const, shape }));
  return { run: { runId: "run-1", rounds: 4, topologyJson, tensors }, start };
}

function hospital(folder: string, over: Partial<HospitalOptions["privacy"]> = {}): HospitalClient {
  const x = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 4 < 2 ? 1 : -1));
  const y = Int32Array.from({ length: rows }, (_, i) => i % 2);
  return hospitalClient({
    ledger: join(dir, folder, "ledger"),
    data: { id: "patients", x: { data: x, shape: [rows, 2] }, y: { data: y, shape: [rows] } },
    datasetSize: rows,
    loss: "sparseCategoricalCrossentropy",
    optimizer: { kind: "sgd", learningRate: 0.5 },
    privacy: { ...privacy, ...over },
    checkpoint: join(dir, folder, "state"),
  });
}

/** What another process would find after this one was killed: the files as they are, and no goodbye. */
function crash(from: string, to: string): void {
  cpSync(join(dir, from), join(dir, to), { recursive: true, filter: (name) => !/lock/.test(name) });
}

describe("a hospital whose process died", () => {
  it("goes on with the one schedule that its ledger has, at the round after, for the same epsilon", async () => {
    const { run, start } = announcement();
    const first = hospital("a");
    await first.prepare?.(run);
    for (const round of [1, 2]) await first.fit(start, { round });
    crash("a", "b");
    await first.close();
    const second = hospital("b");
    await second.prepare?.(run);
    expect(second.privacy()?.epsilon.upper).toBeLessThanOrEqual(privacy.targetEpsilon);
    for (const round of [3, 4]) await second.fit(start, { round });
    // the schedule of four rounds is used up, whoever played them
    await expect(second.fit(start, { round: 5 })).rejects.toMatchObject({ code: "budget_exceeded" });
    await second.close();
    const { records } = await readLedger(join(dir, "b", "ledger"));
    expect(records.filter((r) => r.type === "schedule")).toHaveLength(1);
  });

  it("can not go on under another plan, and pays nothing for trying", async () => {
    const { run } = announcement();
    crash("a", "c");
    const changed = hospital("c", { stepsPerRound: 2 });
    await expect(changed.prepare?.(run)).rejects.toMatchObject({ code: "invalid_state" });
    await changed.close();
  });

  it("plans anew in another run, which its ledger's budget then refuses", async () => {
    const { run } = announcement();
    crash("a", "d");
    const other = hospital("d");
    await expect(other.prepare?.({ ...run, runId: "run-2" })).rejects.toMatchObject({ code: "budget_exceeded" });
    await other.close();
  });
});
