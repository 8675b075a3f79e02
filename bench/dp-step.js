// One private step (forward, backward, per-example clip, sum, Gaussian noise, SGD update) against one non-private step
// (forward, backward, SGD update) of the same model on one fixed batch, on TensorFlow.js's wasm backend.
//   node bench/dp-step.js [--json]      after `npm run build`
// The wasm backend cannot train convolutions (its Conv2DBackpropFilter is missing) and multiplies transposed matrices in a
// scalar loop, so the non-private step is timed on two routes and the rows say which:
//   stock     what tfjs-backend-wasm does by itself
//   repaired  explicit transposes before each product, and the missing kernel as im2col and one product
// The ratio that counts is against the faster one. The wasm engine is timed on one thread and on two, with relaxed SIMD.
// Memory is what a process of its own holds at most while it takes 20 steps by one route, beyond what it held before.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { operatingSystemRandom } from "../dist/core/random-source.js";
import { planDpSgd } from "../dist/dpsgd/index.js";
import { openKernelOptimizer } from "../dist/dpsgd/kernel-optimizer.js";
import { createGradientEngine } from "../dist/gradients/index.js";

const require = createRequire(import.meta.url);
// before the kernels are opened
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
const isJson = process.argv.includes("--json");
// a process that measures memory: the number of a model, and a route
const [onlyModel, onlyRoute] = process.argv[2] === "--memory" ? process.argv.slice(3) : [];
const rounds = 15;

setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
await tf.setBackend("wasm");
await tf.ready();

const perceptron = () =>
  sequential({
    layers: [layers.dense({ units: 256, activation: "relu", inputShape: [784] }), layers.dense({ units: 10 })],
  });

// Opacus's MNIST example: its padding of 3 before the first convolution is written as a layer of zeros
const convolutional = () =>
  sequential({
    layers: [
      layers.zeroPadding2d({ padding: 3, inputShape: [28, 28, 1] }),
      layers.conv2d({ filters: 16, kernelSize: 8, strides: 2, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.conv2d({ filters: 32, kernelSize: 4, strides: 2, activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.flatten(),
      layers.dense({ units: 32, activation: "relu" }),
      layers.dense({ units: 10 }),
    ],
  });

const models = [
  { name: "MLP 784-256-10, batch 256", build: perceptron, batch: 256, shape: [784], canTrainStock: true },
  { name: "Opacus MNIST CNN, batch 64", build: convolutional, batch: 64, shape: [28, 28, 1], canTrainStock: false },
  { name: "Opacus MNIST CNN, batch 256", build: convolutional, batch: 256, shape: [28, 28, 1], canTrainStock: false },
];

const results = [];
for (const [number, { name, build, batch, shape, canTrainStock }] of models.entries()) {
  if (onlyModel !== undefined && number !== Number(onlyModel)) continue;
  const model = build();
  const x = tf.randomUniform([batch, ...shape], 0, 1, "float32", 7);
  const labels = Float32Array.from({ length: batch * 10 }, (_, k) => Number(k % 10 === ((k * 7) % 11) % 10));
  const y = tf.tensor(labels, [batch, 10]);
  const engineOf = (engine, threads = 1) =>
    createGradientEngine({
      engine,
      threads,
      model,
      loss: { kind: "categoricalCrossentropy", fromLogits: true },
      l2ClipNorm: 1,
      random: operatingSystemRandom(),
      expectedBatchSize: batch,
      physicalBatchSize: batch,
    });
  const idle = process.memoryUsage.rss();
  const engine = await engineOf("tfjs");
  const isPlain = onlyRoute === "stock" || onlyRoute === "repaired";
  // a process that measures one route makes no other engine
  const [wasm, pair] = isPlain ? [engine, engine] : [await engineOf("wasm"), await engineOf("wasm", 2)];
  const plan = planDpSgd({
    unit: "example",
    neighboring: "add-or-remove-one",
    datasetSize: 60_000,
    expectedBatchSize: batch,
    steps: 10_000,
    l2ClipNorm: 1,
    noiseMultiplier: 1,
    sensitivity: engine.sensitivity,
    gridExponent: engine.gridExponent,
    budget: { epsilon: null, delta: 1e-5 },
  });
  const run = plan.begin(operatingSystemRandom());
  // a learning rate that changes nothing visible: all rounds step on the same model
  const optimizer = tf.train.sgd(1e-6);
  const plain = () => plainStep(model, optimizer, x, y);
  // as the trainer does it: noise where the sum lies, and what the last step is done with is written over
  let [sum, gradient] = [undefined, undefined];
  const stepper = openKernelOptimizer(optimizer, engine.weights);
  const sumBy = async (own) => (sum = await own.clippedSum({ x, y }, undefined, sum));
  const stepBy = async (own) => {
    if (own.holdSum === undefined) gradient = run.perturb(await sumBy(own), gradient);
    else gradient = await own.holdSum({ x, y }, undefined, (held) => run.perturbHeld(held, gradient));
    if (own.kind === "tfjs" || stepper?.apply(gradient) !== true) apply(optimizer, own, gradient);
  };
  const routes = {
    wasm: async () => stepBy(wasm),
    wasmSum: async () => sumBy(wasm),
    pair: async () => stepBy(pair),
    pairSum: async () => sumBy(pair),
    tfjs: async () => stepBy(engine),
    noise: async () => (gradient = run.perturb(sum, gradient)),
  };
  if (canTrainStock) routes.stock = async () => plain();
  routes.repaired = async () => withRepairedKernels(plain);
  if (onlyRoute !== undefined) {
    for (let k = 0; k < 20; k++) await routes[onlyRoute]();
    console.log((process.resourceUsage().maxRSS * 1024 - idle) / 2 ** 20);
    process.exit(0);
  }
  const ms = await time(routes);
  const memory = Object.fromEntries(
    ["wasm", "pair", "tfjs", canTrainStock ? "stock" : "repaired"].map((route) => [
      route,
      measureMemory(number, route),
    ]),
  );
  const best = Math.min(ms.stock ?? Infinity, ms.repaired);
  results.push({
    name,
    ms,
    memory,
    ratio: ms.wasm / best,
    ratioTwoThreads: ms.pair / best,
    ratioTfjs: ms.tfjs / best,
    surcharge: engine.surcharge.relative,
    kernels: wasm.explain()[0].engineWhy,
  });
  engine.dispose();
  wasm.dispose();
  pair.dispose();
}

/** MiB, by a process of its own. */
function measureMemory(number, route) {
  const command = [fileURLToPath(import.meta.url), "--memory", String(number), route];
  return Number(
    execFileSync(process.execPath, command, { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim(),
  );
}

/** Minimum over interleaved rounds: the routes meet the same neighbours on the machine. */
async function time(routes) {
  const best = {};
  for (let round = -2; round < rounds; round++) {
    for (const [name, step] of Object.entries(routes)) {
      const start = performance.now();
      await step();
      const ms = performance.now() - start;
      if (round >= 0) best[name] = Math.min(best[name] ?? Infinity, ms);
    }
  }
  return best;
}

function apply(optimizer, engine, gradient) {
  const tensors = Object.fromEntries(engine.weights.map(({ name, shape }) => [name, tf.tensor(gradient[name], shape)]));
  optimizer.applyGradients(tensors);
  tf.dispose(tensors);
}

function plainStep(model, optimizer, x, y) {
  tf.tidy(() => {
    const loss = () => tf.mean(tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(model.apply(x, { training: true }))), -1)));
    optimizer.applyGradients(tf.variableGrads(loss).grads);
  });
}

/** Runs `body` with the wasm backend repaired through tfjs's public kernel registry, and puts the registry back. */
function withRepairedKernels(body) {
  const products = ["BatchMatMul", "_FusedMatMul"].map((kernelName) => tf.getKernel(kernelName, "wasm"));
  for (const kernel of products) {
    tf.unregisterKernel(kernel.kernelName, "wasm");
    tf.registerKernel({ ...kernel, kernelFunc: (args) => transposed(kernel, args) });
  }
  tf.registerKernel({ kernelName: "Conv2DBackpropFilter", backendName: "wasm", kernelFunc: filterGradient });
  try {
    return body();
  } finally {
    tf.unregisterKernel("Conv2DBackpropFilter", "wasm");
    for (const kernel of products) {
      tf.unregisterKernel(kernel.kernelName, "wasm");
      tf.registerKernel(kernel);
    }
  }
}

function transposed(kernel, { inputs, attrs, backend }) {
  const transpose = tf.getKernel("Transpose", "wasm").kernelFunc;
  const flip = (x) =>
    transpose({
      inputs: { x },
      attrs: { perm: [...x.shape.slice(0, -2).keys(), x.shape.length - 1, x.shape.length - 2] },
      backend,
    });
  const [a, b] = [attrs.transposeA ? flip(inputs.a) : inputs.a, attrs.transposeB ? flip(inputs.b) : inputs.b];
  const result = kernel.kernelFunc({
    inputs: { ...inputs, a, b },
    attrs: { ...attrs, transposeA: false, transposeB: false },
    backend,
  });
  if (a !== inputs.a) backend.disposeData(a.dataId);
  if (b !== inputs.b) backend.disposeData(b.dataId);
  return result;
}

/** uᵀ·g over all rows at once, u being what each tap of the filter saw. */
function filterGradient({ inputs: { x, dy }, attrs, backend }) {
  const { strides, pad, filterShape } = attrs;
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
  const positions = info.batchSize * info.outHeight * info.outWidth;
  const taps = info.filterHeight * info.filterWidth * info.inChannels;
  const image = backend.readSync(x.dataId);
  const seen = new Float32Array(taps * positions);
  for (let p = 0; p < positions; p++) {
    const ox = p % info.outWidth;
    const oy = Math.floor(p / info.outWidth) % info.outHeight;
    const row = Math.floor(p / (info.outWidth * info.outHeight));
    for (let fy = 0; fy < info.filterHeight; fy++) {
      const iy = oy * info.strideHeight - info.padInfo.top + fy;
      if (iy < 0 || iy >= info.inHeight) continue;
      for (let fx = 0; fx < info.filterWidth; fx++) {
        const ix = ox * info.strideWidth - info.padInfo.left + fx;
        if (ix < 0 || ix >= info.inWidth) continue;
        const from = ((row * info.inHeight + iy) * info.inWidth + ix) * info.inChannels;
        const to = (fy * info.filterWidth + fx) * info.inChannels;
        for (let c = 0; c < info.inChannels; c++) seen[(to + c) * positions + p] = image[from + c];
      }
    }
  }
  const values = tf.tidy(() =>
    tf
      .matMul(
        tf.tensor2d(seen, [taps, positions]),
        tf.tensor2d(backend.readSync(dy.dataId), [positions, info.outChannels]),
      )
      .dataSync(),
  );
  return { dataId: backend.write(values, filterShape, "float32"), shape: filterShape, dtype: "float32" };
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node: process.version,
  tfjs: tf.version_core,
};
if (isJson) {
  console.log(JSON.stringify({ machine, rounds, results }));
} else {
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, tfjs ${machine.tfjs} wasm, one thread where not said otherwise; minimum of ${rounds}`,
  );
  for (const { name, ms, memory, ratio, ratioTwoThreads, ratioTfjs, surcharge } of results) {
    const stock = ms.stock === undefined ? "cannot train" : `${ms.stock.toFixed(1)} ms`;
    console.log(
      `${name}: private, wasm engine ${ms.wasm.toFixed(1)} ms (sum ${ms.wasmSum.toFixed(1)}, noise ${ms.noise.toFixed(1)}), on two threads ${ms.pair.toFixed(1)} ms (sum ${ms.pairSum.toFixed(1)}) | private, tfjs engine ${ms.tfjs.toFixed(1)} ms | non-private stock ${stock}, repaired ${ms.repaired.toFixed(1)} ms | private over the faster: wasm ${ratio.toFixed(2)}, on two threads ${ratioTwoThreads.toFixed(2)}, tfjs ${ratioTfjs.toFixed(2)} | surcharge ${(100 * surcharge).toFixed(3)} % of C | memory ${Object.entries(
        memory,
      )
        .map(([route, mib]) => `${route} ${mib.toFixed(0)} MiB`)
        .join(", ")}`,
    );
  }
}
