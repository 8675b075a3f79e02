// The gradient engine on the native TensorFlow.js backend, which is built in a folder of its own at the first run:
//   npm run build && node tools/interop-native.js
// The golden values by the tfjs engine on native kernels, a private run on MNIST with that backend current, and a sum of
// clipped gradients by the tfjs engine there against the one by our own kernels.
// Exits 0 when all agree, 2 on any disagreement, 3 when the backend can not be built here.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = process.env["SORDINO_TFJS_NODE"] ?? `${root}.venv-tfjs-node`;

function build() {
  const done = spawnSync("bash", [`${root}tools/build-tfjs-node.sh`, folder], {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: 900_000,
  });
  if (done.status === 0) return;
  console.log("nothing was compared on the native backend: it could not be built (network, compiler, Node's headers)");
  process.exit(3);
}

function compareGoldens() {
  const done = spawnSync(
    process.execPath,
    [`${root}node_modules/vitest/vitest.mjs`, "run", "src/gradients/golden.test.ts"],
    {
      cwd: root,
      env: { ...process.env, SORDINO_TFJS_NODE: folder, TF_CPP_MIN_LOG_LEVEL: "2" },
      stdio: ["ignore", "inherit", "inherit"],
      timeout: 300_000,
    },
  );
  return done.status === 0;
}

/** TensorFlow.js with the native backend current. */
async function useNativeBackend() {
  const util = createRequire(import.meta.url)("node:util");
  // taken out of Node 23, called by tfjs-node 4.22.0
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
  util.isArray ??= Array.isArray;
  createRequire(`${folder}/`)("@tensorflow/tfjs-node");
  const tf = await import("@tensorflow/tfjs-core");
  if (!(await tf.setBackend("tensorflow"))) throw new Error("the native backend did not start");
  return tf;
}

/** Two epochs at epsilon 2.5 by the engine that is chosen by itself, weights and predictions being the native backend's. */
async function trainOnMnist() {
  const tf = await useNativeBackend();
  const { demoModel } = await import("../dist/cli/demo-model.js");
  const { loadMnist } = await import("../dist/cli/mnist.js");
  const { PrivacyEngine } = await import("../dist/dpsgd/index.js");
  const { train, test } = loadMnist();
  const model = demoModel();
  const ledger = mkdtempSync(`${tmpdir()}/sordino-native-`);
  try {
    const terms = { unit: "example", neighboring: "add-or-remove-one", delta: 1e-5, budget: { epsilon: 2.5 } };
    const engine = await PrivacyEngine.open({ ledger, actor: "interop", ...terms });
    const trainer = await engine.makePrivateWithEpsilon({
      model,
      optimizer: tf.train.sgd(2),
      loss,
      data: { id: "mnist-train", x: train.images, y: train.labels },
      datasetSize: 60_000,
      expectedBatchSize: 256,
      epochs: 2,
      l2ClipNorm: 1,
      targetEpsilon: 2.5,
    });
    const started = performance.now();
    await trainer.fit();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const accuracy = accuracyOf(tf, model, test);
    const [{ engine: kind, engineWhy }] = trainer.explain();
    console.log(`MNIST on backend ${tf.getBackend()}: ${kind} (${engineWhy}), ${seconds} s, accuracy ${accuracy}`);
    await engine.close();
    return kind === "wasm" && accuracy > 0.93 && (await agrees(tf, model, train));
  } finally {
    rmSync(ledger, { recursive: true, force: true });
  }
}

const loss = { kind: "sparseCategoricalCrossentropy", fromLogits: true };

function accuracyOf(tf, model, { images, labels }) {
  const pixels = Float32Array.from(images.data, (byte) => byte / 255);
  const guesses = tf.argMax(model.predict(tf.tensor(pixels, images.shape)), -1).dataSync();
  return guesses.reduce((sum, guess, row) => sum + (guess === labels.data[row] ? 1 : 0), 0) / guesses.length;
}

/** Whether the tfjs engine on native kernels, each row at a place of its own, sums what our own kernels sum. */
async function agrees(tf, model, { images, labels }) {
  const { createGradientEngine } = await import("../dist/gradients/index.js");
  const { operatingSystemRandom } = await import("../dist/core/random-source.js");
  const rows = 256;
  const pixels = Float32Array.from(
    images.data.subarray(0, (images.data.length / images.shape[0]) * rows),
    (b) => b / 255,
  );
  const x = tf.tensor(pixels, [rows, ...images.shape.slice(1)]);
  const y = tf.tensor1d(labels.data.slice(0, rows), "int32");
  const options = { model, loss, l2ClipNorm: 1, random: operatingSystemRandom(), expectedBatchSize: rows };
  const results = [];
  for (const engine of ["tfjs", "wasm"]) {
    const made = await createGradientEngine({ ...options, engine });
    const started = performance.now();
    const { sums, gridExponent } = await made.clippedSum({ x, y });
    const ms = (performance.now() - started).toFixed(0);
    results.push({ ms, values: Object.values(sums).flatMap((sum) => Array.from(sum, (v) => v * 2 ** gridExponent)) });
    made.dispose();
  }
  const [ours, theirs] = results.map(({ values }) => values);
  const norm = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  const difference = norm(ours.map((v, k) => v - theirs[k])) / norm(theirs);
  console.log(`a clipped sum of ${rows}: ${results.map(({ ms }) => ms).join(" ms and ")} ms, apart by ${difference}`);
  return difference < 1e-4;
}

build();
const passed = [compareGoldens(), await trainOnMnist()];
console.log(`${passed.filter(Boolean).length} of ${passed.length} checks on the native backend passed`);
process.exitCode = passed.every(Boolean) ? 0 : 2;
