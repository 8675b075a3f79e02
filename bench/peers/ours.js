// One DP-SGD step of this package: node bench/peers/ours.js MODEL ENGINE BATCH THREADS prints one JSON line.
// ENGINE is wasm, tfjs (on TensorFlow.js's wasm backend) or tfjs-node (on the native one, which SORDINO_TFJS_NODE names the
// folder of, see tools/build-tfjs-node.sh; TF_NUM_INTRAOP_THREADS limits its threads). A step is drawing a Poisson sample over 60,000 records, forward,
// backward, clipping, summation to the grid, exactly rounded noise and the SGD update, on one fixed batch.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { setFlagsFromString } from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

// Node 20 has the fusing instructions behind a flag; later versions have them on
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
const { operatingSystemRandom } = await import("../../dist/core/random-source.js");
const { planDpSgd } = await import("../../dist/dpsgd/index.js");
const { openKernelOptimizer } = await import("../../dist/dpsgd/kernel-optimizer.js");
const { createGradientEngine } = await import("../../dist/gradients/index.js");
const { batchOf, models } = await import("./models.js");

const [name, contestant, batch, threads] = [
  process.argv[2],
  process.argv[3],
  Number(process.argv[4]),
  Number(process.argv[5]),
];
const isNative = contestant === "tfjs-node";
const kind = isNative ? "tfjs" : contestant;
const require = createRequire(import.meta.url);
setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
if (isNative) loadNative();
await tf.setBackend(isNative ? "tensorflow" : "wasm");
await tf.ready();

function loadNative() {
  const util = require("node:util");
  // taken out of Node 23, called by tfjs-node 4.22.0
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
  util.isArray ??= Array.isArray;
  createRequire(`${process.env["SORDINO_TFJS_NODE"]}/`)("@tensorflow/tfjs-node");
}

const random = operatingSystemRandom();
const model = models[name].build();
const data = batchOf(models[name], batch);
const idle = process.memoryUsage.rss();
const started = performance.now();
const engine = await createGradientEngine({
  engine: kind,
  model,
  loss: { kind: "categoricalCrossentropy", fromLogits: true },
  l2ClipNorm: 1,
  random,
  expectedBatchSize: batch,
  physicalBatchSize: batch,
  ...(kind === "wasm" ? { threads } : {}),
});
const startUpMs = performance.now() - started;
const plan = planDpSgd({
  unit: "example",
  neighboring: "add-or-remove-one",
  datasetSize: 60_000,
  expectedBatchSize: batch,
  steps: 1000,
  l2ClipNorm: 1,
  noiseMultiplier: 1,
  sensitivity: engine.sensitivity,
  gridExponent: engine.gridExponent,
  budget: { epsilon: null, delta: 1e-5 },
});
const steps = plan.begin(random);
const sampler = plan.sampler(60_000, random);
const optimizer = tf.train.sgd(1e-6);
const stepper = engine.kind === "wasm" ? openKernelOptimizer(optimizer, engine.weights) : undefined;

// as the trainer does it: noise where the sum lies, and the next step writes over what the last one is done with
let [sum, gradient] = [undefined, undefined];

async function step() {
  sampler();
  if (engine.holdSum === undefined) {
    sum = await engine.clippedSum(data, undefined, sum);
    gradient = steps.perturb(sum, gradient);
  } else {
    gradient = await engine.holdSum(data, undefined, (held) => steps.perturbHeld(held, gradient));
  }
  if (stepper?.apply(gradient) === true) return;
  const tensors = Object.fromEntries(engine.weights.map(({ name, shape }) => [name, tf.tensor(gradient[name], shape)]));
  optimizer.applyGradients(tensors);
  tf.dispose(tensors);
}

for (let k = 0; k < 10; k++) await step();
const times = [];
const until = performance.now() + 2000;
while (times.length < 10 || (performance.now() < until && times.length < 300)) {
  const start = performance.now();
  await step();
  times.push(performance.now() - start);
}
const extraMiB = (process.resourceUsage().maxRSS * 1024 - idle) / 2 ** 20;
console.log(JSON.stringify({ ms: Math.min(...times), extraMiB, startUpMs, versions: `Node ${process.version}` }));
engine.dispose();
process.exit(0);
