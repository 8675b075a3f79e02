// A process of its own for the test of a kill: needs `npm run build`. Trains for ever slowly; one line per step on stdout.
import "@tensorflow/tfjs-backend-cpu";
import { enableProdMode, setBackend, train } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { PrivacyEngine } from "../../dist/dpsgd/index.js";

const [ledger, checkpoint] = process.argv.slice(2);
enableProdMode();
await setBackend("cpu");
const options = { ledger, unit: "example", neighboring: "add-or-remove-one", delta: 1e-5 };
const engine = await PrivacyEngine.open(options);
const trainer = await engine.makePrivate({
  model: sequential({ layers: [layers.dense({ inputShape: [2], units: 2, activation: "softmax" })] }),
  optimizer: train.sgd(0.5),
  loss: "sparseCategoricalCrossentropy",
  data: {
    id: "clouds",
    x: { data: new Float32Array(128), shape: [64, 2] },
    y: { data: new Int32Array(64), shape: [64] },
  },
  datasetSize: 64,
  expectedBatchSize: 16,
  steps: 100,
  l2ClipNorm: 1,
  noiseMultiplier: 1,
});
await trainer.fit({
  onStep: async ({ index }) => {
    if (index === 2) await trainer.save(checkpoint);
    process.stdout.write(`${index}\n`);
    if (index === 5) await new Promise((resolve) => setTimeout(resolve, 600_000));
  },
});
