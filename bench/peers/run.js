// This package's DP-SGD step against Opacus's and JAX Privacy's in one alternating run: npm run bench:peers [-- model …]
// Makes the virtual environment .venv-peers (torch, opacus, jax, jax-privacy; several GB) unless it is there; PYTHON_TORCH and
// PYTHON_JAX name interpreters to use instead. Every contestant is a process of its own, pinned to as many processors as it
// has threads; the contestants take turns (TURNS, 3 by default), and the least time of all turns counts. Prints Markdown, then one line of JSON.
// NODE_WIDE names a newer Node (24 or later), under which this package runs once more with --experimental-wasm-revectorize.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const environment = fileURLToPath(new URL("../../.venv-peers/", import.meta.url));
const turns = Number(process.env.TURNS ?? 3);
const cases = [
  { model: "mlp", batch: 256, jax: ["dp32"] },
  { model: "cnn", batch: 64, jax: ["dp8"] },
  { model: "cnn", batch: 256, jax: ["dp8"] },
  { model: "text", batch: 64, jax: ["dp"] },
  { model: "lstm", batch: 64, jax: ["dp"] },
  { model: "transformer", batch: 64, jax: ["dp", "dp8"] },
];
const nodeWide = process.env.NODE_WIDE;
const torchModes = ["hooks", "ghost", "ew"];

function pythonOf(variable) {
  const given = process.env[variable];
  if (given !== undefined) return given;
  const python = `${environment}bin/python`;
  if (existsSync(python)) return python;
  const run = (command, args) => spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
  const packages = ["torch", "opacus", "jax", "jax-privacy", "optax"];
  const isMade =
    run("python3", ["-m", "venv", environment]) && run(python, ["-m", "pip", "install", "--quiet", ...packages]);
  if (isMade) return python;
  console.error("nothing was compared: python3 could not make the virtual environment .venv-peers");
  process.exit(3);
}

const torch = pythonOf("PYTHON_TORCH");
const jax = pythonOf("PYTHON_JAX");

function once(command, args, threads) {
  const pinned = ["-c", threads === 1 ? "0" : `0-${threads - 1}`, command, ...args, `${threads}`];
  const { stdout, status } = spawnSync("taskset", pinned, { encoding: "utf8", timeout: 120_000 });
  const line = status === 0 ? stdout.trim().split("\n").at(-1) : undefined;
  return line === undefined ? undefined : JSON.parse(line);
}

function contestants({ model, batch, jax: jaxModes }) {
  const args = (file, mode) => [here + file, model, mode, `${batch}`];
  const wideArgs = ["--experimental-wasm-revectorize", ...args("ours.js", "wasm")];
  return [
    ...["wasm", "tfjs"].map((mode) => ({
      name: `sordino ${mode}`,
      command: process.execPath,
      args: args("ours.js", mode),
    })),
    ...(nodeWide === undefined ? [] : [{ name: "sordino wide", command: nodeWide, args: wideArgs }]),
    { name: "torch plain", command: torch, args: args("torch_step.py", "plain") },
    ...torchModes.map((mode) => ({ name: `opacus ${mode}`, command: torch, args: args("torch_step.py", mode) })),
    ...jaxModes.map((mode) => ({ name: `jax-privacy ${mode}`, command: jax, args: args("jax_step.py", mode) })),
  ];
}

function compare(work, threads) {
  const best = {};
  const versions = {};
  const list = contestants(work);
  for (let turn = 0; turn < turns; turn++) {
    for (const { name, command, args } of list) {
      const result = once(command, args, threads);
      if (result === undefined) continue;
      const before = best[name];
      best[name] = before === undefined || result.ms < before.ms ? result : before;
      versions[name.split(" ")[0]] = result.versions;
    }
  }
  const peers = Object.entries(best).filter(([name]) => /opacus|jax/.test(name));
  const [peer, peerBest] = peers.reduce((a, b) => (b[1].ms < a[1].ms ? b : a), ["none", { ms: Infinity }]);
  const ratio = (name) => (best[name] === undefined ? undefined : best[name].ms / peerBest.ms);
  const ratios = {
    ratioWasm: ratio("sordino wasm"),
    ratioWide: ratio("sordino wide"),
    ratioTfjs: ratio("sordino tfjs"),
  };
  return { ...work, threads, best, peer, ...ratios, versions };
}

const only = process.argv.slice(2);
const processors = availableParallelism();
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${processors} processors, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
);
console.log(
  "| model, batch | threads | wasm ms | wide ms | tfjs ms | torch plain | best private peer | wasm / peer | wide / peer | tfjs / peer |",
);
console.log("|---|---|---|---|---|---|---|---|---|---|");
const results = [];
for (const work of cases) {
  if (only.length > 0 && !only.includes(work.model)) continue;
  for (const threads of processors > 1 ? [1, 2] : [1]) {
    const result = compare(work, threads);
    results.push(result);
    const { best, peer } = result;
    const ms = (name) => (best[name] === undefined ? "–" : best[name].ms.toFixed(1));
    const of = (value) => (value === undefined ? "–" : value.toFixed(2));
    const times = ["sordino wasm", "sordino wide", "sordino tfjs", "torch plain"].map(ms);
    const ratios = [result.ratioWasm, result.ratioWide, result.ratioTfjs].map(of);
    const row = [`${work.model} ${work.batch}`, threads, ...times, `${ms(peer)} (${peer})`, ...ratios];
    console.log(`| ${row.join(" | ")} |`);
  }
}
console.log(`\n${JSON.stringify({ machine: cpus()[0]?.model, processors, node: process.version, results })}`);
