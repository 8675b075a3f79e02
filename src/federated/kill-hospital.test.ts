import "@tensorflow/tfjs-backend-cpu";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readLedger, verifyLedger } from "../ledger/index.ts";
import { startClient } from "./grpc/client.ts";
import { startServer } from "./grpc/server.ts";
import type { InitialModel } from "./grpc/server-options.ts";
import { fedAvg } from "./strategy.ts";

// SORDINO_KILLS=20 for the long form. The hospital is the built package (`npm run build`): on Node 20 a process of its own cannot load TypeScript.
const script = fileURLToPath(new URL("kill-hospital.fixture.mjs", import.meta.url));
const stepsPerRound = 3;
const kills = Math.max(3, Number(process.env["SORDINO_KILLS"] ?? 3));

let dir: string;
beforeAll(async () => {
  await setBackend("cpu");
  dir = mkdtempSync(join(tmpdir(), "sordino-kill-hospital-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Said {
  readonly round?: number;
  readonly step?: number;
  readonly ended?: { readonly round: number; readonly outcome: string; readonly reason: string | null }[];
}

/** One life of the hospital: killed as soon as it says what `isLast` waits for, or to its end. */
async function live(address: string, isLast: (said: Said) => boolean): Promise<Said[]> {
  const child = spawn(process.execPath, [script, address, dir], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said: Said[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const message = JSON.parse(line) as Said;
    said.push(message);
    if (isLast(message)) child.kill("SIGKILL");
  });
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(lines, "close")]);
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`the hospital ended with ${String(code)}`);
  return said;
}

function initialModel(): InitialModel {
  const model = sequential({ layers: [layers.dense({ inputShape: [2], units: 2, activation: "softmax" })] });
  const topology = JSON.stringify(model.toJSON(null, false));
  model.dispose();
  return {
    topology,
    parameters: [
      { name: "kernel", dtype: "float32", shape: [2, 2], data: new Float32Array(4) },
      { name: "bias", dtype: "float32", shape: [2], data: new Float32Array(2) },
    ],
  };
}

describe("kill -9 of a hospital with its own ledger", () => {
  it("leaves every access in the ledger exactly once, and a crash costs its round, not the schedule", async () => {
    const rounds = 9 + 2 * kills;
    const server = await startServer({
      address: "127.0.0.1:0",
      strategy: fedAvg(),
      rounds,
      minClients: 2,
      quorum: 1,
      initialModel: initialModel(),
      reconnectMs: 60_000,
    });
    onTestFinished(async () => await server.close());
    const other = startClient({
      address: server.address,
      site: "other",
      client: { getParameters: () => [], fit: (parameters) => parameters, evaluate: () => ({}) },
    });
    // before any access, after one step of a round, and after the last one: before its answer is on the disk, or just then
    const moments: ((said: Said) => boolean)[] = [
      ({ round }) => round !== undefined && round > 1,
      ({ step }) => step !== undefined && step % stepsPerRound === 1,
      ({ step }) => step !== undefined && step % stepsPerRound === 0,
    ];
    const lives: Said[][] = [];
    for (let i = 0; i < kills; i++) lives.push(await live(server.address, moments[i % 3] ?? (() => false)));
    lives.push(await live(server.address, () => false));
    const { rounds: records } = await server.finished;
    await other;
    const said = lives.flat();

    // no round twice, no step twice
    const [begun, steps] = [said.flatMap(({ round = [] }) => round), said.flatMap(({ step = [] }) => step)];
    expect(new Set(begun).size).toBe(begun.length);
    expect(new Set(steps).size).toBe(steps.length);

    const { problems } = await verifyLedger(join(dir, "ledger"));
    expect(problems).toEqual([]);
    const ledger = (await readLedger(join(dir, "ledger"))).records;
    expect(ledger.filter(({ type }) => type === "schedule")).toHaveLength(1);
    const reserved = ledger.flatMap((r) => (r.type === "reserve" ? [r.body.steps] : []));
    // one reservation for each round that was begun (some may have been killed before it), of that round's steps
    expect(reserved.every((count) => count === stepsPerRound)).toBe(true);
    expect(begun.length - reserved.length).toBeLessThanOrEqual(Math.ceil(kills / 3));
    expect(reserved.length).toBeLessThanOrEqual(begun.length);
    expect(steps.length).toBeLessThanOrEqual(reserved.length * stepsPerRound);
    // what was used is what was trained whole, and after the last crash every round was
    const used = records.filter(({ sites }) => sites.some((s) => s.site === "hospital" && s.status === "used"));
    expect(used.every(({ round }) => begun.includes(round))).toBe(true);
    const last = lives.at(-1)?.at(-1)?.ended ?? [];
    expect(last.at(-1)).toEqual({ round: rounds, outcome: "accepted", reason: null });
    const afterwards = last.filter(({ outcome }) => outcome !== "accepted");
    expect(afterwards.every(({ reason }) => reason === "interrupted")).toBe(true);
    expect(afterwards.length).toBeLessThanOrEqual(1);
  }, 300_000);
});
