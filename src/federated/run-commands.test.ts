import "@tensorflow/tfjs-backend-cpu";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel, saveModel } from "../dpsgd/index.ts";
import { modelDigest, outgoingTensors } from "./manifest.ts";
import { readModelFolder, writeModelFolder } from "./model-folder.ts";
import { runJoin } from "./run-join.ts";
import { runServe } from "./run-serve.ts";
import { readRunFile } from "./run-file.ts";
import { readSiteFile, readTable } from "./site-file.ts";

let dir: string;
beforeAll(async () => {
  await setBackend("cpu");
  dir = mkdtempSync(join(tmpdir(), "sordino-site-"));
  const model = sequential({
    layers: [
      layers.dense({ inputShape: [2], units: 3, activation: "tanh", kernelInitializer: "ones" }),
      layers.dense({ units: 2, activation: "softmax", kernelInitializer: "zeros" }),
    ],
  });
  await saveModel(model, join(dir, "model"));
  writeIdx("x.idx", 0x0d, [200, 2], (v, i) => v.setFloat32(0, (i % 4 < 2 ? 1 : -1) + 0.3 * Math.cos(2.4 * i)));
  writeIdx("y.idx", 0x08, [200], (v, i) => v.setUint8(0, i % 2));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** An IDX file of one type, element by element. */
function writeIdx(name: string, type: number, shape: number[], set: (view: DataView, index: number) => void): void {
  const width = type === 0x08 ? 1 : 4;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const bytes = Buffer.alloc(4 + 4 * shape.length + width * size);
  bytes.writeUInt8(type, 2);
  bytes.writeUInt8(shape.length, 3);
  for (const [i, extent] of shape.entries()) bytes.writeUInt32BE(extent, 4 + 4 * i);
  const start = 4 + 4 * shape.length;
  for (let i = 0; i < size; i++) set(new DataView(bytes.buffer, bytes.byteOffset + start + width * i), i);
  writeFileSync(join(dir, name), bytes);
}

const privacy = {
  unit: "example",
  neighboring: "add-or-remove-one",
  targetEpsilon: 4,
  delta: 1e-5,
  l2ClipNorm: 1,
  expectedBatchSize: 20,
  stepsPerRound: 2,
  maxRounds: 3,
};
const site = (name: string, server: string, rows: number[]) => ({
  version: "federated-site/v1",
  site: name,
  server,
  ledger: `ledger-${name}`,
  data: { id: `${name}-patients`, datasetSize: 100, features: "x.idx", labels: "y.idx", rows },
  evaluation: { features: "x.idx", labels: "y.idx", rows: [0, 20], public: true },
  training: { loss: "sparseCategoricalCrossentropy", optimizer: "sgd", learningRate: 0.5 },
  privacy,
});
const run = {
  version: "federated-config/v1",
  address: "127.0.0.1:0",
  model: "model",
  rounds: 3,
  minClients: 2,
  evaluateEvery: 3,
  output: "final",
};

function write(name: string, value: unknown): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

describe("a run from files", () => {
  it("trains at two sites, writes a model that TensorFlow.js reads, and tells each site its epsilon", async () => {
    const configPath = write("run.json", run);
    let joined: ReturnType<typeof runJoin>[] = [];
    const result = await runServe({
      configPath,
      onListening: ({ address }) => {
        joined = [
          runJoin({ sitePath: write("a.json", site("a", address, [0, 100])) }),
          runJoin({ sitePath: write("b.json", site("b", address, [100, 200])) }),
        ];
      },
    });
    for (const { privacy: spent, rounds } of await Promise.all(joined)) {
      expect(rounds.map((r) => r.outcome)).toEqual(["accepted", "accepted", "accepted", "accepted"]);
      expect(spent?.epsilon.upper).toBeLessThanOrEqual(4);
      expect(spent?.epsilon.upper).toBeGreaterThan(3.9);
    }
    expect(result.rounds.map((r) => r.outcome)).toEqual(["released", "released", "released"]);
    expect(result.rounds[2]?.evaluation?.sites).toEqual(["a", "b"]);
    const model = await loadModel(join(dir, "final"));
    const weights = model.getWeights().map((w) => [...w.dataSync()]);
    expect(weights).toEqual(result.parameters.map((p) => Array.from(p.data, Number)));
    expect(readdirSync(join(dir, "ledger-a"))).toContain("ledger.jsonl");
    await expect(runServe({ configPath })).rejects.toMatchObject({ code: "output_occupied" });
  });
});

describe("a run from files with a buffer", () => {
  it("releases at every update, and no site trains past its plan", async () => {
    const buffered = { size: 1, maxStaleness: 2 };
    const configPath = write("buffer.json", { ...run, buffered, evaluateEvery: 0, output: "buffer-final" });
    let joined: ReturnType<typeof runJoin>[] = [];
    const { rounds } = await runServe({
      configPath,
      onListening: ({ address }) => {
        joined = ["d", "e"].map((name, k) => {
          return runJoin({ sitePath: write(`${name}.json`, site(name, address, [100 * k, 100 * k + 100])) });
        });
      },
    });
    const sites = await Promise.all(joined);
    expect(rounds.map((r) => [r.outcome, r.sites.filter((s) => s.status === "used").length])).toEqual(
      Array.from({ length: 3 }, () => ["released", 1]),
    );
    for (const { privacy: spent } of sites) expect(spent?.epsilon.upper).toBeLessThanOrEqual(4);
    expect(readModelFolder(join(dir, "buffer-final")).parameters).toHaveLength(4);
  });

  it.each([{ size: 0 }, { size: 2, maxStaleness: -1 }, { size: 2, serverLearningRate: 0 }, { size: 2, more: 1 }])(
    "refuses %o",
    (buffered) => {
      const configPath = write("refused-buffer.json", { ...run, buffered });
      expect(() => readRunFile(configPath)).toThrowError(expect.objectContaining({ code: "invalid_argument" }));
    },
  );
});

describe("a coordinator that is stopped", () => {
  it("leaves the last released model in its output", async () => {
    const stop = new AbortController();
    const digests: string[] = [];
    let joined: Promise<unknown> = Promise.resolve();
    const served = runServe({
      configPath: write("stopped.json", { ...run, minClients: 1, rounds: 3, output: "stopped" }),
      signal: stop.signal,
      onListening: ({ address }) => {
        joined = runJoin({ sitePath: write("c.json", site("c", address, [0, 100])) });
        joined.catch(() => undefined);
      },
      onRound: ({ modelDigest }) => {
        digests.push(modelDigest);
        if (digests.length === 2) stop.abort();
      },
    });
    await expect(served).rejects.toMatchObject({ code: "aborted" });
    await joined;
    expect(digests).toHaveLength(2);
    const left = outgoingTensors(readModelFolder(join(dir, "stopped")).parameters);
    expect(modelDigest(left.manifest)).toBe(digests[1]);
    expect(readdirSync(join(dir, "stopped")).toSorted()).toEqual(["model.json", "weights.bin"]);
  });

  it.each(["x.idx", "x.idx/below"])("does not start where its output can not be made: %s", async (output) => {
    const configPath = write("occupied.json", { ...run, output });
    await expect(runServe({ configPath })).rejects.toMatchObject({ code: "file_unreadable" });
  });
});

describe("a model folder", () => {
  it("is read without TensorFlow.js as TensorFlow.js reads it, and written back the same", async () => {
    const folder = readModelFolder(join(dir, "model"));
    writeModelFolder(join(dir, "copy"), folder);
    const [first, second] = [await loadModel(join(dir, "model")), await loadModel(join(dir, "copy"))];
    const values = (m: typeof first) => m.getWeights().map((w) => [...w.dataSync()]);
    expect(folder.parameters.map((p) => Array.from(p.data, Number))).toEqual(values(first));
    expect(values(second)).toEqual(values(first));
    expect(readModelFolder(join(dir, "copy"))).toEqual(folder);
  });

  it("that is none, names weights elsewhere, or is cut short is refused", () => {
    const weights = [{ name: "w", dtype: "float32", shape: [2] }];
    const wrong = [
      {},
      { modelTopology: {}, weightsManifest: [{ paths: ["../x.idx"], weights }] },
      { modelTopology: {}, weightsManifest: [{ paths: ["weights.bin"], weights }] },
    ];
    for (const [i, json] of wrong.entries()) {
      mkdirSync(join(dir, `bad-${i}`));
      writeFileSync(join(dir, `bad-${i}`, "model.json"), JSON.stringify(json));
      writeFileSync(join(dir, `bad-${i}`, "weights.bin"), Buffer.alloc(7));
      expect(() => readModelFolder(join(dir, `bad-${i}`))).toThrow("file_unreadable");
    }
  });
});

describe("configuration files", () => {
  const path = (name: string): string => join(dir, name);

  it.each([
    ["version", { version: "federated-site/v2" }],
    ["site", { site: "../a" }],
    ["weight", { weight: -1 }],
    ["privacy.delta", { privacy: { ...privacy, delta: 1 } }],
    ["privacy.unit", { privacy: { ...privacy, unit: "patient" } }],
    ["privacy.stepsPerRound", { privacy: { ...privacy, stepsPerRound: 0.5 } }],
    ["evaluation.public", { evaluation: { features: "x.idx", labels: "y.idx", public: false } }],
    ["data.rows", { data: { ...site("a", "", []).data, rows: [5, 5] } }],
    ["", { learningrate: 1 }],
  ])("name the field that is wrong: %s", (field, over) => {
    const file = write("wrong.json", { ...site("a", "127.0.0.1:1", [0, 100]), ...over });
    expect(() => readSiteFile(file)).toThrow(field === "" ? "Unrecognized key" : `wrong.json: ${field}`);
  });

  it("of a run likewise", () => {
    expect(() => readRunFile(write("wrong.json", { ...run, rounds: 0 }))).toThrow("wrong.json: rounds");
    expect(() => readRunFile(write("wrong.json", { ...run, weights: { a: -1 } }))).toThrow("wrong.json: weights");
    expect(() => readRunFile(path("missing.json"))).toThrow("file_unreadable");
  });

  it("name rows that a file does not have", () => {
    const files = { features: "x.idx", labels: "y.idx", rows: [150, 201] as [number, number] };
    expect(() => readTable(files, path)).toThrow("rows must be within the file");
    expect(readTable({ ...files, rows: [150, 200] }, path).x.shape).toEqual([50, 2]);
  });
});
