// The gradient engine on the native TensorFlow.js backend, which is built in a folder of its own at the first run:
//   npm run build && node tools/interop-native.js
// The golden values by the tfjs engine on native kernels, then a private run on MNIST with that backend current.
// Exits 0 when all agree, 2 on any disagreement, 3 when the backend can not be built here.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
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

/** Two epochs at epsilon 2.5 by the engine that is chosen by itself, weights and predictions being the native backend's. */
async function trainOnMnist() {
  const require = createRequire(import.meta.url);
  const util = require("node:util");
  // taken out of Node 23, called by tfjs-node 4.22.0
  util.isNullOrUndefined ??= (x) => x === null || x === undefined;
  util.isArray ??= Array.isArray;
  createRequire(`${folder}/`)("@tensorflow/tfjs-node");
  const tf = await import("@tensorflow/tfjs-core");
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { demoModel } = await import("../dist/cli/demo-model.js");
  const { loadMnist } = await import("../dist/cli/mnist.js");
  const { PrivacyEngine } = await import("../dist/dpsgd/index.js");
  const { createGradientEngine } = await import("../dist/gradients/index.js");
  const { operatingSystemRandom } = await import("../dist/core/random-source.js");
  const ledger = mkdtempSync(`${tmpdir()}/sordino-native-`);
  try {
    if (!(await tf.setBackend("tensorflow"))) throw new Error("the native backend did not start");
    const { train, test } = loadMnist();
    const model = demoModel();
    const loss = { kind: "sparseCategoricalCrossentropy", fromLogits: true };
    const engine = await PrivacyEngine.open({
      ledger,
      unit: "example",
      neighboring: "add-or-remove-one",
      delta: 1e-5,
      budget: { epsilon: 2.5 },
      actor: "interop",
    });
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
    const [{ engine: kind, engineWhy }] = trainer.explain();
    const started = performance.now();
    await trainer.fit();
    const seconds = (performance.now() - started) / 1000;
    const scores = model.predict(tf.div(tf.tensor(Float32Array.from(test.images.data), test.images.shape), 255));
    const guesses = tf.argMax(scores, -1).dataSync();
    const right = guesses.reduce((sum, guess, row) => sum + (guess === test.labels.data[row] ? 1 : 0), 0);
    const accuracy = right / guesses.length;
    console.log(
      `MNIST on backend ${tf.getBackend()}: engine ${kind} (${engineWhy}), ${seconds.toFixed(1)} s, accuracy ${accuracy}`,
    );
    trainer.dispose();
    await engine.close();
    const options = { model, loss, l2ClipNorm: 1, random: operatingSystemRandom(), engine: "tfjs" };
    const refusal = await createGradientEngine(options).then(
      () => "accepted",
      (error) => error.message,
    );
    console.log(`the tfjs engine there: ${refusal}`);
    return kind === "wasm" && accuracy > 0.93 && tf.getBackend() === "tensorflow";
  } finally {
    rmSync(ledger, { recursive: true, force: true });
  }
}

build();
const passed = [compareGoldens(), await trainOnMnist()];
console.log(`${passed.filter(Boolean).length} of ${passed.length} checks on the native backend passed`);
process.exitCode = passed.every(Boolean) ? 0 : 2;
