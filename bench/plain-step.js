// One private step against one non-private step of the same model on the same kernels: forward, backward, the sum or mean of
// the gradients, and the SGD update; the private one clips, rounds to the grid and adds noise besides.
//   node bench/plain-step.js [--json] [model …]      after `npm run build`
// Every row is a process of its own on as many processors as it has threads (taskset, where there is one). Both steps take
// turns in it, so that they meet the same neighbors; the least time of each counts, and beside it the processor time of all
// threads of the process, which what others do on the machine moves less. Memory is what a process of its own holds at most
// in 30 steps of one kind, beyond what it held with the model, the modules and the table of the noise loaded; no engine
// checks itself here.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism, cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const cases = [
  ["mlp", 256],
  ["cnn", 64],
  ["cnn", 256],
  ["text", 64],
  ["lstm", 64],
  ["transformer", 64],
];

const [mode, ...rest] = process.argv.slice(2);
if (mode === "--child") {
  await child(rest[0], Number(rest[1]), Number(rest[2]), rest[3]);
} else {
  compareAll(process.argv.slice(2));
}

function compareAll(args) {
  const isJson = args.includes("--json");
  const only = args.filter((name) => name !== "--json");
  const machine = { cpu: cpus()[0]?.model ?? "unknown", processors: availableParallelism(), node: process.version };
  const results = [];
  if (!isJson) {
    console.log(`${machine.cpu}, ${machine.processors} processors, Node ${machine.node}`);
    console.log(
      "| model, batch | threads | private ms | plain ms | ratio | by processor time | private MiB | plain MiB |",
    );
    console.log("|---|---|---|---|---|---|---|---|");
  }
  for (const [model, batch] of cases) {
    if (only.length > 0 && !only.includes(model)) continue;
    for (const threads of machine.processors > 1 ? [1, 2] : [1]) {
      const time = run(model, batch, threads, "time");
      const [priv, plain] = ["private", "plain"].map((kind) => run(model, batch, threads, kind).mib);
      const result = { model, batch, threads, ...time, memory: { private: priv, plain } };
      results.push(result);
      if (isJson) continue;
      const { private: p, plain: n } = time;
      const row = [`${model} ${batch}`, threads, p.ms.toFixed(2), n.ms.toFixed(2), (p.ms / n.ms).toFixed(2)];
      console.log(`| ${[...row, (p.cpu / n.cpu).toFixed(2), priv.toFixed(1), plain.toFixed(1)].join(" | ")} |`);
    }
  }
  if (isJson) console.log(JSON.stringify({ machine, results }));
}

function run(model, batch, threads, kind) {
  const args = [fileURLToPath(import.meta.url), "--child", model, `${batch}`, `${threads}`, kind];
  const pinned = ["-c", threads === 1 ? "0" : `0-${threads - 1}`, process.execPath, ...args];
  const inherit = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
  const result = spawnSync("taskset", pinned, inherit);
  const { stdout } = result.error === undefined ? result : spawnSync(process.execPath, args, inherit);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

async function child(name, batch, threads, kind) {
  // Node 20 has the fusing instructions behind a flag; before the kernels are opened
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
  const tf = await import("@tensorflow/tfjs-core");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const require = createRequire(import.meta.url);
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
  tf.enableProdMode();
  await tf.setBackend("wasm");
  await tf.ready();
  const { operatingSystemRandom } = await import("../dist/core/random-source.js");
  const { createGridGaussian, planDpSgd } = await import("../dist/dpsgd/index.js");
  const { openKernelOptimizer } = await import("../dist/dpsgd/kernel-optimizer.js");
  const { createGradientEngine, createMeanGradientEngine } = await import("../dist/gradients/index.js");
  const { batchOf, models } = await import("./peers/models.js");

  const random = operatingSystemRandom();
  const model = models[name].build();
  const data = batchOf(models[name], batch);
  const loss = { kind: "categoricalCrossentropy", fromLogits: true };
  const common = { model, loss, random, physicalBatchSize: batch, threads };
  // the table is made once for the process
  createGridGaussian(random).addNoise(new Float64Array(1), 1);
  const idle = process.memoryUsage.rss();
  const makers = { private: makePrivate, plain: makePlain };
  if (kind !== "time") {
    const step = await makers[kind]();
    for (let k = 0; k < 30; k++) await step();
    console.log(JSON.stringify({ mib: (process.resourceUsage().maxRSS * 1024 - idle) / 2 ** 20 }));
    process.exit(0);
  }
  const steps = { private: await makePrivate(), plain: await makePlain() };
  const best = { private: { ms: Infinity, cpu: 0 }, plain: { ms: Infinity, cpu: 0 } };
  const until = performance.now() + 4000;
  for (let round = -10; round < 30 || (round < 400 && performance.now() < until); round++) {
    for (const [own, step] of Object.entries(steps)) {
      const [before, start] = [process.cpuUsage(), performance.now()];
      await step();
      const ms = performance.now() - start;
      const used = process.cpuUsage(before);
      if (round < 0) continue;
      best[own].ms = Math.min(best[own].ms, ms);
      best[own].cpu += used.user + used.system;
    }
  }
  console.log(JSON.stringify(best));
  process.exit(0);

  // as the trainer does it
  async function makePrivate() {
    const own = { engine: "wasm", l2ClipNorm: 1, expectedBatchSize: batch, selfCheck: false };
    const engine = await createGradientEngine({ ...common, ...own });
    const plan = planDpSgd({
      unit: "example",
      neighboring: "add-or-remove-one",
      datasetSize: 60_000,
      expectedBatchSize: batch,
      steps: 1000,
      l2ClipNorm: 1,
      noiseMultiplier: 1,
      sensitivity: engine.sensitivity,
      gridExponent: engine.gridExponent,
      budget: { epsilon: null, delta: 1e-5 },
    });
    const steps = plan.begin(random);
    const optimizer = openKernelOptimizer(tf.train.sgd(1e-6), engine.weights);
    let gradient;
    return async () => {
      gradient = await engine.holdSum(data, undefined, (sum) => steps.perturbHeld(sum, gradient));
      optimizer.apply(gradient);
    };
  }

  async function makePlain() {
    const engine = createMeanGradientEngine(common);
    const optimizer = openKernelOptimizer(tf.train.sgd(1e-6), engine.weights);
    return async () => {
      optimizer.apply((await engine.meanGradient(data)).revealNotPrivate().gradient);
    };
  }
}
