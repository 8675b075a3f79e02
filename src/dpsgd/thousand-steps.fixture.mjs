// A process of its own for the test of leaks: needs `npm run build` and --expose-gc. Prints how many tensors and bytes the
// last 750 of 1,000 steps left.
import "@tensorflow/tfjs-backend-cpu";
import { enableProdMode, memory, setBackend, train } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { PrivacyEngine } from "../../dist/dpsgd/index.js";

enableProdMode();
await setBackend("cpu");
const engine = await PrivacyEngine.open({
  ledger: process.argv[2],
  unit: "example",
  neighboring: "add-or-remove-one",
  delta: 1e-5,
});
const rows = 400;
const trainer = await engine.makePrivate({
  model: sequential({
    layers: [
      layers.dense({ inputShape: [64], units: 128, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  }),
  optimizer: train.adam(0.001),
  loss: "sparseCategoricalCrossentropy",
  data: {
    id: "zeros",
    x: { data: new Float32Array(64 * rows), shape: [rows, 64] },
    y: { data: new Int32Array(rows), shape: [rows] },
  },
  datasetSize: rows,
  expectedBatchSize: 100,
  steps: 1000,
  l2ClipNorm: 1,
  noiseMultiplier: 1,
  engine: "wasm",
  threads: 2,
});
const measure = () => {
  globalThis.gc();
  globalThis.gc();
  return { tensors: memory().numTensors, bytes: process.memoryUsage.rss() };
};
let before;
await trainer.fit({ onStep: ({ index }) => void (index === 250 && (before = measure())) });
const after = measure();
process.stdout.write(JSON.stringify({ tensors: after.tensors - before.tensors, bytes: after.bytes - before.bytes }));
trainer.dispose();
await engine.close();
