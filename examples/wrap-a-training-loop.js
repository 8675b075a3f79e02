// Trains a small classifier privately on two clouds of points, with a budget that cannot be overrun.
//   node examples/wrap-a-training-loop.js
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { argMax, tensor2d, train } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { PrivacyEngine, isPrivacyError } from "sordino";

/** n points around (1, 0.5) and (-1, -0.5). */
function clouds(n) {
  const x = new Float32Array(2 * n);
  const y = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const sign = i % 2 === 0 ? 1 : -1;
    y[i] = i % 2;
    x[2 * i] = sign + 0.4 * Math.cos(2.4 * i);
    x[2 * i + 1] = 0.5 * sign + 0.4 * Math.sin(2.4 * i);
  }
  return { x: { data: x, shape: [n, 2] }, y: { data: y, shape: [n] } };
}

const model = sequential({
  layers: [
    layers.dense({ inputShape: [2], units: 8, activation: "tanh" }),
    layers.dense({ units: 2, activation: "softmax" }),
  ],
});
const engine = await PrivacyEngine.open({
  ledger: mkdtempSync(join(tmpdir(), "sordino-example-")),
  unit: "example",
  neighboring: "add-or-remove-one",
  delta: 1e-5,
  budget: { epsilon: 2 },
});
const run = {
  model,
  optimizer: train.sgd(1),
  loss: "sparseCategoricalCrossentropy",
  data: { id: "clouds", ...clouds(4000) },
  datasetSize: 4000,
  expectedBatchSize: 200,
  steps: 60,
  l2ClipNorm: 1,
  targetEpsilon: 2,
};
const trainer = await engine.makePrivateWithEpsilon(run);
console.table(trainer.explain());
for await (const step of trainer.steps()) {
  if (step.index % 20 === 0) console.log(`step ${step.index}/${step.steps}: epsilon ${step.epsilon}`);
}

const test = clouds(1000);
const predicted = argMax(await trainer.predict(tensor2d(test.x.data, [1000, 2])), 1).dataSync();
const accuracy = predicted.filter((p, i) => p === test.y.data[i]).length / 1000;
const { epsilon } = engine.getEpsilon({ delta: 1e-5 });
console.log(`accuracy ${accuracy}, epsilon <= ${epsilon.upper}`);

// a second run does not fit any more, and is refused before it touches a record
const refusal = await engine.makePrivateWithEpsilon(run).then(
  () => undefined,
  (error) => error,
);
console.log(String(refusal));

await engine.close();
assert.ok(accuracy > 0.97);
assert.ok(epsilon.upper <= 2);
assert.ok(isPrivacyError(refusal) && refusal.code === "budget_exceeded");
