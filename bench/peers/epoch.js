// One private epoch over 60,000 images by the Opacus MNIST network, ours and Opacus's, end to end in one run:
//   node bench/peers/epoch.js        after `npm run build`; PYTHON_TORCH as in run.js
// Ours with everything that a user's run has: Poisson sampling, ledger on the disk, live epsilon, exactly rounded noise.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const python = process.env.PYTHON_TORCH ?? fileURLToPath(new URL("../../.venv-peers/bin/python", import.meta.url));

if (process.argv[2] === "ours") await train(Number(process.argv[3]));
else {
  for (const threads of [1, 2]) {
    const pinned = ["-c", threads === 1 ? "0" : "0,1"];
    const run = (command, args) => {
      const { stdout } = spawnSync("taskset", [...pinned, command, ...args], { encoding: "utf8", timeout: 300_000 });
      return JSON.parse(stdout.trim().split("\n").at(-1));
    };
    const ours = run(process.execPath, [`${here}epoch.js`, "ours", `${threads}`]);
    const theirs = ["hooks", "ew"].map((mode) => ({
      mode,
      ...run(python, [`${here}torch_epoch.py`, mode, `${threads}`]),
    }));
    const best = theirs.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    const ratio = (ours.seconds / best.seconds).toFixed(2);
    console.log(
      `${threads} thread(s): ours ${ours.seconds.toFixed(1)} s, opacus ${best.mode} ${best.seconds.toFixed(1)} s, ratio ${ratio}`,
    );
  }
}

async function train(threads) {
  const { setFlagsFromString } = await import("node:v8");
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
  await import("@tensorflow/tfjs-backend-cpu");
  const { train: optimizers } = await import("@tensorflow/tfjs-core");
  const { PrivacyEngine } = await import("../../dist/index.js");
  const { models } = await import("./models.js");
  const ledger = mkdtempSync(join(tmpdir(), "sordino-epoch-"));
  const rows = 60_000;
  const x = {
    data: Float32Array.from({ length: rows * 784 }, (_, i) => ((i * 7919) % 255) / 255),
    shape: [rows, 28, 28, 1],
  };
  const y = { data: Int32Array.from({ length: rows }, (_, i) => i % 10), shape: [rows] };
  const engine = await PrivacyEngine.open({ ledger, unit: "example", neighboring: "add-or-remove-one", delta: 1e-5 });
  const trainer = await engine.makePrivate({
    model: models.cnn.build(),
    optimizer: optimizers.sgd(0.1),
    loss: { kind: "sparseCategoricalCrossentropy", fromLogits: true },
    data: { id: "noise", x, y },
    datasetSize: rows,
    expectedBatchSize: 256,
    epochs: 1,
    l2ClipNorm: 1,
    noiseMultiplier: 1.1,
    threads,
  });
  const start = performance.now();
  await trainer.fit();
  const seconds = (performance.now() - start) / 1000;
  const epsilon = engine.getEpsilon({ delta: 1e-5 }).epsilon.upper;
  await engine.close();
  rmSync(ledger, { recursive: true });
  console.log(JSON.stringify({ seconds, steps: trainer.plan.steps, epsilon }));
  process.exit(0);
}
