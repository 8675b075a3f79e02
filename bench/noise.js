// Nanoseconds per draw of exactly rounded Gaussian noise, beside a plain Box-Muller in doubles under the same kind of
// keystream (fast, not exact: its low-order bits leak), and of the exact discrete Gaussian, at doubles and at rationals. One thread.
// Run: npm run build && node bench/noise.js
import { createCipheriv, randomBytes } from "node:crypto";
import { cpus } from "node:os";
import { operatingSystemRandom } from "../dist/core/random-source.js";
import { createDiscreteGaussian, createDiscreteNoise, createGridGaussian } from "../dist/noise/index.js";

const DRAWS = 200_000;
const ROUNDS = 40;
const zeros = new Float64Array(DRAWS);

/** Median and least nanoseconds per draw over ROUNDS runs, the first ten left out. */
function time(draws, rounds, run) {
  const times = [];
  for (let round = 0; round < rounds + 10; round++) {
    const start = performance.now();
    run();
    if (round >= 10) times.push(((performance.now() - start) * 1e6) / draws);
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1], least: times[0] };
}

const rows = [];
let start = performance.now();
const gaussian = createGridGaussian(operatingSystemRandom());
const creationMs = performance.now() - start;
for (const stddev of [1, 1e3, 1e6, 1e9, 1e12]) {
  rows.push([`grid Gaussian, sigma ${stddev}`, time(DRAWS, ROUNDS, () => gaussian.addNoise(zeros, stddev))]);
}

const discreteNoise = createDiscreteNoise(operatingSystemRandom());
for (const stddev of [1, 1e3, 1e6, 1e9, 1e12]) {
  rows.push([`discrete Gaussian, sigma ${stddev}`, time(DRAWS, ROUNDS, () => discreteNoise.addNoise(zeros, stddev))]);
}

const cipher = createCipheriv("aes-256-ctr", randomBytes(32), randomBytes(16));
const block = new Uint8Array(65_536);
function boxMuller() {
  const out = new Float64Array(DRAWS);
  for (let i = 0; i < DRAWS;) {
    const bytes = cipher.update(block);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let j = 0; j + 3 < words.length && i + 1 < DRAWS; j += 4, i += 2) {
      const u = ((words[j] >>> 5) * 67108864 + (words[j + 1] >>> 6) + 1) / 9007199254740992;
      const angle = (2 * Math.PI * ((words[j + 2] >>> 5) * 67108864 + (words[j + 3] >>> 6))) / 9007199254740992;
      const radius = 1e6 * Math.sqrt(-2 * Math.log(u));
      out[i] = Math.round(radius * Math.cos(angle));
      out[i + 1] = Math.round(radius * Math.sin(angle));
    }
  }
  return out;
}
rows.push(["Box-Muller in doubles, not exact", time(DRAWS, ROUNDS, boxMuller)]);

const discrete = createDiscreteGaussian(operatingSystemRandom());
for (const sigma of [10n, 10n ** 6n]) {
  const sigmaSquared = { numerator: sigma * sigma, denominator: 1n };
  const run = () => {
    for (let i = 0; i < 2_000; i++) discrete.sample(sigmaSquared);
  };
  rows.push([`discrete Gaussian (CKS 2020), sigma ${sigma}`, time(2_000, 10, run)]);
}

console.log(`node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(`creation with table ${creationMs.toFixed(1)} ms`);
for (const [name, { median, least }] of rows) {
  console.log(
    `${name.padEnd(42)} median ${median.toFixed(1).padStart(8)} ns   least ${least.toFixed(1).padStart(8)} ns`,
  );
}
