// The three-line core for a loop of your own: the plan emits the sampler and the noise, the engine sums clipped gradients.
// The parts below keep no ledger: whoever loops by hand reserves and commits by hand (see sordino/ledger).
//   node examples/own-loop.js
import assert from "node:assert/strict";
import "@tensorflow/tfjs-backend-cpu";
import { dispose, tensor } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { account } from "sordino/accounting";
import { createGridGaussian, operatingSystemRandom, planDpSgd, rowsFromArrays } from "sordino/dpsgd";
import { createGradientEngine } from "sordino/gradients";

const n = 1000;
const x = Float32Array.from({ length: n }, (_, i) => (i % 100) / 100);
const y = x.map((v) => 3 * v - 1);
const rows = rowsFromArrays({ data: x, shape: [n, 1] }, { data: y, shape: [n, 1] });

const model = sequential({ layers: [layers.dense({ inputShape: [1], units: 1 })] });
const random = operatingSystemRandom();
const engine = await createGradientEngine({
  model,
  loss: "meanSquaredError",
  l2ClipNorm: 1,
  expectedBatchSize: 100,
  random,
});
const plan = planDpSgd({
  unit: "example",
  neighboring: "add-or-remove-one",
  datasetSize: n,
  expectedBatchSize: 100,
  steps: 200,
  l2ClipNorm: 1,
  noiseMultiplier: 1,
  sensitivity: engine.sensitivity,
  gridExponent: engine.gridExponent,
  budget: { epsilon: null, delta: 1e-5 },
});
const sampler = plan.sampler(rows.rows, random);
const noise = createGridGaussian(random);

for (let step = 0; step < plan.steps; step++) {
  const batch = await rows.gather(sampler());
  const gradient = plan.perturb(await engine.clippedSum(batch), noise);
  dispose([...batch.x, batch.y]);
  for (const weight of model.trainableWeights) {
    const old = weight.read().dataSync();
    const next = tensor(
      old.map((w, i) => w - 0.3 * gradient[weight.name][i]),
      weight.shape,
    );
    weight.write(next);
    next.dispose();
  }
}

const [slope, intercept] = model.getWeights().map((w) => w.dataSync()[0]);
const { upper } = account(plan.event, { neighboring: plan.neighboring }).guarantee({ delta: 1e-5 }).epsilon;
console.log(`y = ${slope.toFixed(2)} x + ${intercept.toFixed(2)} at epsilon <= ${upper}`);
engine.dispose();
assert.ok(Math.abs(slope - 3) < 0.6 && Math.abs(intercept + 1) < 0.4);
