// One clipped sum of models of two outputs and of groups of rows (users, views), by both engines in turns.
//   node bench/targets.js [--json]      after `npm run build`; on one processor: taskset -c 0 node bench/targets.js
// The tfjs engine runs on TensorFlow.js's wasm backend; the wasm engine on one thread and on two, with relaxed SIMD.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { setFlagsFromString } from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { input, layers, model, sequential } from "@tensorflow/tfjs-layers";
import { operatingSystemRandom } from "../dist/core/random-source.js";
import { createGradientEngine } from "../dist/gradients/index.js";

// before the kernels are opened
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
const require = createRequire(import.meta.url);
setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
await tf.setBackend("wasm");
await tf.ready();

const crossEntropy = { kind: "categoricalCrossentropy", fromLogits: true };

function perceptron() {
  const hidden = layers.dense({ units: 256, activation: "relu", inputShape: [784] });
  return { net: sequential({ layers: [hidden, layers.dense({ units: 10 })] }), widths: [10] };
}

function twoHeads() {
  const x = input({ shape: [784] });
  const trunk = layers.dense({ units: 256, activation: "relu" }).apply(x);
  const outputs = [10, 3].map((units) => layers.dense({ units }).apply(trunk));
  return { net: model({ inputs: x, outputs }), widths: [10, 3], lossWeights: [1, 0.5] };
}

/** Opacus's MNIST example. */
function convolutional() {
  const net = sequential({
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
  return { net, widths: [10] };
}

const jobs = [
  { name: "two outputs, mlp 784-256-(10, 3), 256 rows", build: twoHeads, rows: 256, groupRows: 1 },
  { name: "64 users of 4 rows, mlp", build: perceptron, rows: 256, groupRows: 4 },
  { name: "64 users of 4 rows, cnn", build: convolutional, rows: 256, groupRows: 4 },
  { name: "64 records of 16 views, cnn", build: convolutional, rows: 1024, groupRows: 16 },
];

const turns = 9;
const results = [];
for (const { name, build, rows, groupRows } of jobs) {
  const { net, widths, lossWeights } = build();
  const shape = net.inputs[0].shape.slice(1);
  const x = tf.randomUniform([rows, ...shape], 0, 1, "float32", 7);
  const y = widths.map((width) =>
    tf.tensor(
      Float32Array.from({ length: rows * width }, (_, k) => Number(k % width === ((k * 7) % 11) % width)),
      [rows, width],
    ),
  );
  const grouped = groupRows > 1;
  const groups = grouped ? { groupSizes: new Uint32Array(rows / groupRows).fill(groupRows) } : {};
  const engineOf = (engine, threads) =>
    createGradientEngine({
      engine,
      threads,
      model: net,
      loss: [crossEntropy, "meanSquaredError"].slice(0, widths.length),
      ...(lossWeights === undefined ? {} : { lossWeights }),
      l2ClipNorm: 1,
      random: operatingSystemRandom(),
      expectedBatchSize: rows / groupRows,
      grouped,
    });
  const engines = [await engineOf("tfjs"), await engineOf("wasm", 1), await engineOf("wasm", 2)];
  const least = engines.map(() => Infinity);
  for (let turn = 0; turn < turns; turn++) {
    for (const [k, engine] of engines.entries()) {
      for (let repeat = 0; repeat < (k === 0 ? 1 : 4); repeat++) {
        const start = performance.now();
        await engine.clippedSum({ x, y, ...groups });
        // the first turn warms up
        if (turn > 0) least[k] = Math.min(least[k], performance.now() - start);
      }
    }
  }
  for (const engine of engines) engine.dispose();
  const [tfjs, wasm, wasmTwo] = least.map((ms) => Number(ms.toFixed(1)));
  results.push({ name, tfjsMs: tfjs, wasmMs: wasm, wasmTwoThreadsMs: wasmTwo });
}

if (process.argv.includes("--json")) console.log(JSON.stringify(results, null, 2));
else {
  console.log("| one clipped sum | `tfjs` ms | `wasm` ms, 1 thread | 2 threads | `tfjs` / `wasm` |");
  console.log("| --------------- | --------- | ------------------- | --------- | --------------- |");
  for (const { name, tfjsMs, wasmMs, wasmTwoThreadsMs } of results) {
    console.log(`| ${name} | ${tfjsMs} | ${wasmMs} | ${wasmTwoThreadsMs} | ${(tfjsMs / wasmMs).toFixed(1)} |`);
  }
}
// helpers of the threads are gone with their engines
