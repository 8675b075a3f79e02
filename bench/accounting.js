// What it costs to price DP-SGD: ours (from dist), best of several after warm-up, alternating in one run with dp_accounting,
// prv-accountant and opake-accounting where PYTHON names an interpreter that has them. Prints Markdown; JSON=FILE writes
// the figures there too.
// npm run --silent build && node bench/accounting.js            PYTHON=/path/to/python JSON=out.json node bench/accounting.js
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import {
  account,
  calibrateNoiseMultiplier,
  gaussian,
  poissonSampled,
  selfComposed,
  stepwiseEpsilon,
} from "../dist/accounting/index.js";

const cases = [
  { name: "A", q: 0.01, z: 1, steps: 10_000, delta: 1e-5 },
  { name: "B", q: 256 / 60_000, z: 1.1, steps: 14_062, delta: 1e-5 },
  { name: "C", q: 0.001, z: 0.6, steps: 100_000, delta: 1e-6 },
];
const neighboring = "add-or-remove-one";
const eventOf = ({ q, z, steps }) => selfComposed(poissonSampled(q, gaussian(z)), steps);

/** Each job a fresh accountant; [name, what it gives]. */
/** @type {[string, (c: object, clock: () => number) => object][]} */
const jobs = [
  ["Rényi, best real order", (c, clock) => engineOf(guarantee(c, undefined, clock), "rdp")],
  ["point and bracket by contour", (c, clock) => engineOf(guarantee(c, undefined, clock), "contour")],
  ["whole guarantee, no tolerance", (c) => guarantee(c)],
  ["bracket 6e-3 wide", (c) => guarantee(c, 6e-3)],
  ["bracket 1e-3 wide", (c) => guarantee(c, 1e-3)],
  ["bracket 1e-4 wide", (c) => guarantee(c, 1e-4)],
  ["calibrate noise to epsilon 3", (c) => calibrated(c)],
  ["10,000-step curve", (c) => curve(c)],
];

function guarantee(c, tolerance, now) {
  const accountant = account(eventOf(c), now === undefined ? { neighboring } : { neighboring, now });
  const { epsilon, engine, engines } = accountant.guarantee(
    tolerance === undefined ? { delta: c.delta } : { delta: c.delta, tolerance },
  );
  return { ...epsilon, engine, engines };
}

function engineOf({ engines }, name) {
  const found = engines.find((e) => e.name === name);
  return found === undefined ? undefined : { ...found.epsilon, ms: found.ms };
}

function calibrated({ q, steps, delta }) {
  const { value } = calibrateNoiseMultiplier({ targetEpsilon: 3, delta, samplingProbability: q, steps, neighboring });
  return { noiseMultiplier: value };
}

function curve({ q, z, delta }) {
  const live = stepwiseEpsilon(poissonSampled(q, gaussian(z)), { neighboring, delta, steps: 10_000 });
  let last = 0;
  for (let k = 1; k <= 10_000; k++) last = live(k);
  return { upper: last };
}

/** The least of several runs in ms; a job that times an engine alone says its own. */
function best(run, rounds) {
  let [least, result] = [Infinity, undefined];
  const clock = () => performance.now();
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    result = run(clock);
    least = Math.min(least, result?.ms ?? performance.now() - start);
  }
  return { ms: least, result };
}

function ours(c) {
  return jobs.map(([name, run]) => {
    const isLong = name.startsWith("calibrate") || name.startsWith("10,000");
    best((clock) => run(c, clock), isLong ? 1 : 10);
    return { name, case: c.name, ...best((clock) => run(c, clock), isLong ? 3 : 15) };
  });
}

/** Extra resident memory of a process that prices case C, over one that only loads the accountant; MiB. */
function memoryOfC() {
  const url = new URL("../dist/accounting/index.js", import.meta.url).href;
  const peak = (work) =>
    Number(
      execFileSync(process.execPath, [
        "--input-type=module",
        "-e",
        `import * as a from ${JSON.stringify(url)}; ${work}; console.log(process.resourceUsage().maxRSS / 1024)`,
      ]),
    );
  const { q, z, steps, delta } = cases[2];
  const event = `a.selfComposed(a.poissonSampled(${q}, a.gaussian(${z})), ${steps})`;
  const price = `a.account(${event}, { neighboring: "${neighboring}" }).guarantee({ delta: ${delta}, tolerance: 1e-4 })`;
  return Math.max(0, peak(price) - Math.min(peak(""), peak("")));
}

/** The slowest of the corners of what may be asked, and how many have a finite bracket. */
function extremes() {
  const found = { cases: 0, finite: 0, slowest: { ms: 0, what: "" } };
  for (const z of [1e-3, 1, 1e6]) {
    for (const q of [1e-9, 0.01, 1]) {
      for (const steps of [1, 1000, 1e9]) {
        for (const delta of [1e-300, 1e-6, 0.999]) {
          const start = performance.now();
          const { upper, lower } = guarantee({ q, z, steps, delta });
          const ms = performance.now() - start;
          found.cases += 1;
          if (upper < Infinity && lower <= upper) found.finite += 1;
          if (ms > found.slowest.ms) found.slowest = { ms, what: `z ${z}, q ${q}, ${steps} steps, delta ${delta}` };
        }
      }
    }
  }
  return found;
}

function peers(c) {
  const python = process.env.PYTHON;
  if (python === undefined) return [];
  const script = fileURLToPath(new URL("peers/accountants.py", import.meta.url));
  const { stdout, status } = spawnSync(python, [script, JSON.stringify(c)], { encoding: "utf8" });
  if (status !== 0) process.exitCode = 1;
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => ({ case: c.name, ...JSON.parse(line) }));
}

function shown(result) {
  if (result?.noiseMultiplier !== undefined) return `z ${result.noiseMultiplier.toFixed(6)}`;
  if (result?.lower !== undefined)
    return `[${result.lower.toFixed(7)}, ${result.upper.toFixed(7)}] ${result.engine ?? ""}`;
  return (result?.upper ?? result?.epsilon)?.toFixed(5) ?? "";
}

const report = { machine: cpus()[0]?.model ?? "unknown processor", node: process.version, rows: [], peers: [] };
console.log(`${report.machine}, Node ${report.node}; the least of several runs, ms\n`);
for (const c of cases) {
  // ours before and after the peers: a machine that slowed down in between would show
  const [before, others, after] = [ours(c), peers(c), ours(c)];
  const rows = before.map((row, i) => (row.ms <= after[i].ms ? row : after[i]));
  report.rows.push(...rows);
  report.peers.push(...others);
  console.log(`\n### ${c.name}: q ${c.q.toPrecision(4)}, z ${c.z}, ${c.steps} steps, delta ${c.delta}\n`);
  console.log("| work | ms | result |\n| --- | ---: | --- |");
  for (const { name, ms, result } of rows) console.log(`| ${name} | ${ms.toFixed(2)} | ${shown(result)} |`);
  for (const { name, ms, result } of others) console.log(`| ${name} | ${ms.toFixed(1)} | ${result} |`);
}
report.memoryMiB = memoryOfC();
report.extremes = extremes();
console.log(`\nPeak memory over the idle process, case C at 1e-4: ${report.memoryMiB.toFixed(1)} MiB`);
const { cases: corners, finite, slowest } = report.extremes;
console.log(`Extremes: ${finite} of ${corners} finite; slowest ${slowest.ms.toFixed(0)} ms (${slowest.what})`);
if (process.env.PYTHON === undefined)
  console.log("Peers: not run, set PYTHON to an interpreter that has dp_accounting");
if (process.env.JSON !== undefined) writeFileSync(process.env.JSON, JSON.stringify(report, undefined, 1));
