// What each party has before the run: the authority and its certificates, a folder per hospital with its own patients, and
// the coordinator's model. Each step of the identity is a command that a person types in its own house in earnest:
// `sordino federated init`, `request`, `approve`.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { saveModel } from "sordino/dpsgd";
import { approveRequest, initAuthority, requestIdentity } from "sordino/federated";

const here = dirname(fileURLToPath(import.meta.url));
export const cli = fileURLToPath(new URL("dist/cli/main.js", import.meta.resolve("sordino/package.json")));

export const rounds = 8;
export const stepsPerRound = 5;
export const targetEpsilon = 4;
export const delta = 1e-4;
export const learningRate = 1;
/** Patients of each hospital, as declared public. */
export const hospitals = { north: 160, harbor: 120, valley: 80, ridge: 60, lake: 35 };
export const names = Object.keys(hospitals);

/** Every fifth row is set aside as a public test set; the others lie at the hospitals, in the order of the file. */
export function readPatients() {
  const ranges = JSON.parse(readFileSync(join(here, "data", "ranges.json"), "utf8"));
  const lines = readFileSync(join(here, "data", "breast-cancer.csv"), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  const rows = lines.map((line) => {
    const values = line.split(",").map(Number);
    // published ranges, clipped, to [-1, 3]: malignant masses lie in the upper part
    const x = ranges.map(({ min, max }, k) => 4 * Math.min(Math.max((values[k] - min) / (max - min), 0), 1) - 1);
    return { x, y: values[ranges.length] };
  });
  return { test: rows.filter((_, i) => i % 5 === 4), train: rows.filter((_, i) => i % 5 !== 4) };
}

/** IDX, big-endian: what the site file's `features` and `labels` name. */
function writeTable(folder, rows) {
  const width = rows[0].x.length;
  const features = Buffer.alloc(12 + 4 * width * rows.length);
  features.set([0, 0, 0x0d, 2]);
  features.writeUInt32BE(rows.length, 4);
  features.writeUInt32BE(width, 8);
  rows.forEach(({ x }, i) => x.forEach((v, k) => features.writeFloatBE(v, 12 + 4 * (i * width + k))));
  const labels = Buffer.alloc(8 + rows.length);
  labels.set([0, 0, 0x08, 1]);
  labels.writeUInt32BE(rows.length, 4);
  rows.forEach(({ y }, i) => labels.writeUInt8(y, 8 + i));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "x.idx"), features);
  writeFileSync(join(folder, "y.idx"), labels);
}

/** Logistic regression as a softmax over two classes: noise goes into every weight, so few weights learn more. */
export function newModel() {
  return sequential({
    layers: [layers.dense({ inputShape: [30], units: 2, activation: "softmax", kernelInitializer: "zeros" })],
  });
}

/** @param hosts - what the coordinator is called; @param address - where it listens. */
export async function prepare(dir, hosts, address) {
  const authority = join(dir, "coordinator", "authority");
  const { fingerprint: root } = await initAuthority({ dir: authority, hosts });
  await saveModel(newModel(), join(dir, "coordinator", "model"));
  const weights = Object.fromEntries(Object.entries(hospitals).map(([name, patients]) => [name, patients / 40]));
  writeJson(join(dir, "coordinator", "run.json"), {
    version: "federated-config/v1",
    address,
    tls: {
      cert: "authority/server.pem",
      key: "authority/server.key",
      clients: { ca: "authority/ca.pem", revoked: "authority/revoked.json" },
    },
    signingKey: "authority/coordinator.key",
    model: "model",
    rounds,
    // a round begins with all of them, so that the others wait for one that was killed, and may lose one on its way
    minClients: names.length,
    // public constants that the hospitals agreed on
    weights,
    quorum: 3,
    deadlineMs: 20_000,
    gatherMs: 30_000,
    output: "final",
    audit: "audit.jsonl",
    observe: "127.0.0.1:0",
    // the coordinator learns the sum of the hospitals' changes and none of them; no weight of this model moves by more
    secureAggregation: { range: 8, stepMs: 15_000 },
  });
  let next = 0;
  const { train } = readPatients();
  for (const [name, patients] of Object.entries(hospitals)) {
    writeTable(join(dir, name, "patients"), train.slice(next, next + patients));
    next += patients;
    await enroll(dir, name, authority, root);
  }
  for (const name of names) pinOthers(dir, name);
  return { root };
}

async function enroll(dir, name, authority, root) {
  const own = join(dir, name, "identity");
  const { requestPath, fingerprint } = await requestIdentity({ dir: own, site: name });
  // read out over the telephone
  const { folder } = await approveRequest({ dir: authority, requestPath, fingerprint });
  for (const file of ["site.pem", "ca.pem", "coordinator.pem"]) copyFileSync(join(folder, file), join(own, file));
  writeFileSync(join(dir, name, "authority-fingerprint"), root);
}

/** Certificates that the hospitals handed to one another, and not by way of the coordinator. */
function pinOthers(dir, name) {
  const peers = join(dir, name, "identity", "peers");
  mkdirSync(peers);
  for (const other of names.filter((each) => each !== name)) {
    copyFileSync(join(dir, other, "identity", "site.pem"), join(peers, `${other}.pem`));
  }
}

/** The site file, once it is known where the coordinator is. */
export function writeSite(dir, name, server) {
  const root = readFileSync(join(dir, name, "authority-fingerprint"), "utf8");
  writeJson(join(dir, name, "site.json"), {
    version: "federated-site/v1",
    site: name,
    server,
    tls: {
      ca: "identity/ca.pem",
      cert: "identity/site.pem",
      key: "identity/site.key",
      coordinator: "identity/coordinator.pem",
    },
    secureAggregation: {
      pinned: Object.fromEntries(names.filter((n) => n !== name).map((n) => [n, `identity/peers/${n}.pem`])),
      minimumCohort: 3,
    },
    weight: hospitals[name] / 40,
    ledger: "ledger",
    audit: "audit.jsonl",
    state: "state",
    data: { id: `${name}-masses`, datasetSize: hospitals[name], features: "patients/x.idx", labels: "patients/y.idx" },
    training: { loss: "sparseCategoricalCrossentropy", optimizer: "sgd", learningRate },
    // one row is one patient's mass
    privacy: {
      unit: "example",
      neighboring: "add-or-remove-one",
      targetEpsilon,
      delta,
      l2ClipNorm: 1,
      expectedBatchSize: Math.round(hospitals[name] / 2),
      stepsPerRound,
      maxRounds: rounds,
    },
    // what the hospital's data protection officer signed
    policy: {
      servers: [root],
      runs: "any",
      minCohort: 4,
      maxRounds: rounds,
      l2ClipNorm: { min: 0.1, max: 2 },
      minNoiseMultiplier: 2,
      mustUseSecureAggregation: true,
      tensors: "announced",
      maxBytesPerRound: 4096,
      epsilonBudget: targetEpsilon,
      maxDelta: delta,
    },
  });
}

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value, null, 2));
}
