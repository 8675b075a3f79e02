// Milliseconds for the ROC curve of a million scores, for each shadow-model attack on 64 shadows and 10,000 records, and
// for the audit bounds. One thread. Run: npm run build && node bench/attacks.js
import { cpus } from "node:os";
import { lira, rmia, rocCurve } from "../dist/attacks/index.js";
import { clopperPearsonLowerBound, oneRunLowerBound } from "../dist/audit/index.js";

const ROUNDS = 9;

/** Median and least milliseconds over ROUNDS runs after two left out. */
function time(run) {
  const times = [];
  for (let round = 0; round < ROUNDS + 2; round++) {
    const start = performance.now();
    run();
    if (round >= 2) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1], least: times[0] };
}

// a linear congruential generator: inputs for a stopwatch
let state = 1;
const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const bell = () => uniform() + uniform() + uniform() + uniform() - 2;

const SHADOWS = 64;
const RECORDS = 10_000;
const POPULATION = 1_000;
const membership = Array.from({ length: SHADOWS + 1 }, () => Uint8Array.from({ length: RECORDS }, () => uniform() * 2));
const phi = membership.map((row) => Float64Array.from(row, (bit) => bit + 3 * bell()));
const phiPopulation = membership.map(() => Float64Array.from({ length: POPULATION }, () => 3 * bell()));
const game = { phi, membership, target: SHADOWS };
const half = 500_000;
const members = Float64Array.from({ length: half }, () => 0.3 + bell());
const nonMembers = Float64Array.from({ length: half }, () => bell());
const coarse = members.map((x) => Math.round(8 * x));

const rows = [
  ["ROC, 1e6 distinct scores", () => rocCurve(members, nonMembers).tprAtFpr(0.001)],
  [
    "ROC, 1e6 scores, heavy ties",
    () =>
      rocCurve(
        coarse,
        nonMembers.map((x) => Math.round(8 * x)),
      ).tprAtFpr(0.001),
  ],
  ["ROC, 1e6 distinct scores, all points listed", () => rocCurve(members, nonMembers).points.length],
  ["LiRA online, global, 64 x 10,000", () => lira({ ...game, mode: "online", variance: "global" })],
  ["LiRA online, shrunk, 64 x 10,000", () => lira({ ...game, mode: "online", variance: "shrunk" })],
  ["LiRA offline, per record, 64 x 10,000", () => lira({ ...game, mode: "offline", variance: "per-record" })],
  ["RMIA online, 64 x 10,000, population 1,000", () => rmia({ ...game, phiPopulation, mode: "online", gamma: 2 })],
  [
    "two-world bound, 1,000 runs a side",
    () =>
      clopperPearsonLowerBound({
        truePositives: 700,
        falsePositives: 20,
        members: 1000,
        nonMembers: 1000,
        delta: 1e-5,
        significance: 0.05,
      }),
  ],
  [
    "one-run bound, 10,000 canaries, 1,000 guesses",
    () => oneRunLowerBound({ canaries: 1e4, guesses: 1000, correct: 800, delta: 1e-6, significance: 0.05 }),
  ],
];

console.log(`node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}`);
for (const [name, run] of rows) {
  const { median, least } = time(run);
  console.log(
    `${name.padEnd(48)} median ${median.toFixed(2).padStart(9)} ms   least ${least.toFixed(2).padStart(9)} ms`,
  );
}
