import "@tensorflow/tfjs-backend-cpu";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import type { HostArray } from "../dpsgd/index.ts";
import { poissonSampled, gaussian, selfComposed } from "../events/index.ts";
import { type AnyLedgerRecord, readLedger } from "../ledger/index.ts";
import { seededRandom } from "../testing/index.ts";
import { startClient } from "./grpc/client.ts";
import { startServer } from "./grpc/server.ts";
import { fedAvg, fedProx } from "./strategy.ts";
import { type HospitalClient, type HospitalOptions, hospitalClient } from "./hospital-client.ts";
import type { InitialModel } from "./grpc/server-options.ts";

let dir: string;
beforeAll(async () => {
  await setBackend("cpu");
  dir = mkdtempSync(join(tmpdir(), "sordino-hospital-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Two separable clouds, labels 0 and 1. */
function clouds(rows: number): { x: HostArray; y: HostArray } {
  const x = new Float32Array(2 * rows);
  const y = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const sign = i % 2 === 0 ? 1 : -1;
    y[i] = i % 2;
    x[2 * i] = sign + 0.4 * Math.cos(2.4 * i);
    x[2 * i + 1] = 0.5 * sign + 0.4 * Math.sin(2.4 * i);
  }
  return { x: { data: x, shape: [rows, 2] }, y: { data: y, shape: [rows] } };
}

function globalModel(): InitialModel {
  const model = sequential({
    layers: [
      layers.dense({ inputShape: [2], units: 4, activation: "tanh", kernelInitializer: "ones" }),
      layers.dense({ units: 2, activation: "softmax", kernelInitializer: "zeros" }),
    ],
  });
  const parameters = model.weights.map((w) => {
    return {
      name: w.originalName,
      dtype: "float32",
      shape: w.shape as number[],
      data: w.read().dataSync().slice() as Float32Array,
    } as const;
  });
  const topology = model.toJSON(null, false) as object;
  model.dispose();
  return { topology, parameters };
}

function hospital(name: string, rows: number, over: Partial<HospitalOptions["privacy"]> = {}): HospitalClient {
  return hospitalClient({
    ledger: join(dir, name),
    data: { id: `${name}-patients`, ...clouds(rows) },
    datasetSize: rows,
    loss: "sparseCategoricalCrossentropy",
    optimizer: { kind: "sgd", learningRate: 0.5 },
    privacy: {
      unit: "example",
      neighboring: "add-or-remove-one",
      targetEpsilon: 3,
      delta: 1e-5,
      l2ClipNorm: 1,
      expectedBatchSize: 64,
      stepsPerRound: 5,
      maxRounds: 4,
      ...over,
    },
    evaluation: clouds(100),
    random: seededRandom(name),
  });
}

function noiseMultiplierOf(record: AnyLedgerRecord | undefined): number {
  const event = record?.type === "schedule" ? record.body.event : undefined;
  const inner = event?.kind === "poisson-sampled" ? event.event : undefined;
  return inner?.kind === "gaussian" ? inner.noiseMultiplier : NaN;
}

const server = async (rounds: number, minClients: number) =>
  await startServer({
    address: "127.0.0.1:0",
    strategy: fedAvg(),
    rounds,
    minClients,
    initialModel: globalModel(),
    evaluateEvery: rounds,
    gatherMs: 20_000,
  });

describe("a hospital", () => {
  it("under FedProx stays by the global model as closely as the coordinator's pull asks", async () => {
    const distances: number[] = [];
    for (const proximalMu of [0, 4, 1e6]) {
      const coordinator = await startServer({
        address: "127.0.0.1:0",
        strategy: fedProx({ proximalMu }),
        rounds: 1,
        minClients: 1,
        initialModel: globalModel(),
      });
      const client = hospital(`prox-${proximalMu}`, 100);
      await startClient({ address: coordinator.address, site: "a", client });
      await client.close();
      const { parameters } = await coordinator.finished;
      const first = globalModel();
      const squares = parameters.flatMap((p, i) => {
        const from = Array.from<number | bigint, number>(first.parameters[i].data, Number);
        return Array.from<number | bigint, number>(p.data, (x, k) => (Number(x) - from[k]) ** 2);
      });
      distances.push(Math.sqrt(squares.reduce((sum, d) => sum + d, 0)));
    }
    expect(distances[0]).toBeGreaterThan(2 * distances[1]);
    expect(distances[1]).toBeGreaterThan(0);
    expect(distances[2]).toBeLessThan(1e-4);
  });

  it("trains its own records under its own ledger, and its epsilon is that of its ledger's schedule", async () => {
    const coordinator = await server(4, 2);
    const { address } = coordinator;
    const [a, b] = [hospital("a", 400), hospital("b", 800)];
    const join_ = (site: string, client: HospitalClient) =>
      startClient({ address, site, client, evaluation: "public" });
    await Promise.all([join_("a", a), join_("b", b)]);
    const { rounds } = await coordinator.finished;
    await Promise.all([a.close(), b.close()]);
    expect(rounds.map((r) => r.outcome)).toEqual(["released", "released", "released", "released"]);
    // all labels are 0 before training: half are right
    expect(rounds[3]?.evaluation?.metrics["accuracy"]).toBeGreaterThan(0.9);
    for (const [name, size] of [
      ["a", 400],
      ["b", 800],
    ] as const) {
      const { records } = await readLedger(join(dir, name));
      const schedule = records.find((r) => r.type === "schedule");
      // 4 rounds of 5 steps, sampled from the declared size
      expect(schedule?.body).toMatchObject({ steps: 20, event: { samplingProbability: 64 / size } });
      const used = records.flatMap((r) => (r.type === "commit" ? [r.body.stepsUsed] : []));
      expect(used.reduce((sum, n) => sum + n, 0)).toBe(20);
      const z = noiseMultiplierOf(schedule);
      const recomputed = account(selfComposed(poissonSampled(64 / size, gaussian(z)), 20), {
        neighboring: "add-or-remove-one",
      }).guarantee({ delta: 1e-5 }).epsilon;
      const told = rounds.map((r) => r.sites.find((s) => s.site === name)?.privacy);
      // from the first round on the whole schedule counts: stopping early refunds nothing
      for (const t of told) {
        expect(t).toMatchObject({ delta: 1e-5, neighboring: "add-or-remove-one", unit: "example" });
        expect(t?.epsilon.upper).toBe(recomputed.upper);
        expect(t?.epsilon.upper).toBeLessThanOrEqual(3);
      }
      expect(rounds.every((r) => r.sites.every((s) => s.stepsTaken === 5))).toBe(true);
    }
  });

  it("refuses a run of more rounds than it planned for, before anything is spent", async () => {
    const coordinator = await server(5, 1);
    const client = hospital("short", 400);
    const joined = startClient({ address: coordinator.address, site: "short", client });
    await expect(joined).rejects.toMatchObject({
      code: "invalid_argument",
      details: { argument: "privacy.maxRounds" },
    });
    await coordinator.close();
    await client.close();
    await expect(readLedger(join(dir, "short"))).rejects.toMatchObject({ code: "file_unreadable" });
  });

  it("refuses a model that is made for other records, before anything is spent", async () => {
    const other = sequential({ layers: [layers.dense({ inputShape: [7], units: 2, activation: "softmax" })] });
    const topologyJson = JSON.stringify(other.toJSON(null, false));
    other.dispose();
    const client = hospital("other-model", 40);
    const prepared = client.prepare?.({ runId: "r", rounds: 1, topologyJson, tensors: [] });
    await expect(prepared).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "data.x" } });
    await expect(readLedger(join(dir, "other-model"))).rejects.toMatchObject({ code: "file_unreadable" });
  });

  it("closed while it trains ends after the step in progress and gives its ledger back", async () => {
    const { topology, parameters } = globalModel();
    const tensors = parameters.map((q) => ({ name: q.name ?? "", dtype: q.dtype, shape: q.shape }));
    const client = hospital("closed-early", 200, { stepsPerRound: 500 });
    await client.prepare?.({ runId: "r", rounds: 1, topologyJson: JSON.stringify(topology), tensors });
    const trained = Promise.resolve(client.fit(parameters, { round: 1 }));
    const aborted = expect(trained).rejects.toMatchObject({ code: "aborted" });
    await new Promise((r) => setTimeout(r, 30));
    await client.close();
    await aborted;
    expect(readdirSync(join(dir, "closed-early"))).toEqual(["ledger.jsonl"]);
    const [scope] = (await readLedger(join(dir, "closed-early"))).scopes;
    expect(scope?.runs).toMatchObject([{ open: false, reserved: 0 }]);
    expect(scope?.runs[0]?.used).toBeLessThan(500);
  });

  it("does not spend a second budget on a second run: its ledger remembers", async () => {
    for (const isFirst of [true, false]) {
      const coordinator = await server(2, 1);
      const client = hospital("twice", 400, { maxRounds: 2 });
      const joined = startClient({ address: coordinator.address, site: "twice", client });
      if (isFirst) expect((await joined).rounds[0]?.outcome).toBe("accepted");
      else await expect(joined).rejects.toMatchObject({ code: "budget_exceeded" });
      await coordinator.close();
      await client.close();
    }
  });

  it("refuses a topology that does not fit the tensors, or is none", async () => {
    for (const [i, topologyJson] of [
      "{",
      '{"class_name":"Nonsense","config":{}}',
      JSON.stringify(globalModel().topology),
    ].entries()) {
      const client = hospital(`misfit-${i}`, 400);
      const tensors = [{ name: "w", dtype: "float32", shape: [3] }] as const;
      const prepared = client.prepare?.({ runId: "r", rounds: 1, topologyJson, tensors });
      await expect(prepared).rejects.toMatchObject({ code: "protocol_violation", details: { rule: "topology" } });
      await client.close();
    }
  });

  it("holds no more tensors after each round than before", async () => {
    const client = hospital("tidy", 400);
    const { topology, parameters } = globalModel();
    const tensors = parameters.map(({ name = "", dtype, shape }) => ({ name, dtype, shape }));
    await client.prepare?.({ runId: "r", rounds: 4, topologyJson: JSON.stringify(topology), tensors });
    const counts: number[] = [];
    for (const round of [1, 2, 3, 4]) {
      await client.fit(parameters, { round });
      await client.evaluate(parameters, { round });
      counts.push(memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
    await client.close();
  });
});
