// One secure round of 20 sites and 1,000,000 words, 4 of which drop out before they send a vector, all in this one process: every
// site's work and the coordinator's, one after the other. In a deployment the slowest site and the coordinator count;
// both are shown. node bench/secure-aggregation.js [--json]      after `npm run build`
import { generateKeyPairSync } from "node:crypto";
import { operatingSystemRandom } from "../dist/core/random-source.js";
import {
  distributedGaussian,
  openSecureCoordinator,
  openSecureSite,
  smallestThreshold,
} from "../dist/federated/secagg/index.js";

const [size, length, dropouts] = [20, 1_000_000, 4];
const random = operatingSystemRandom();
const cohort = Array.from({ length: size }, (_, i) => `site-${String(i).padStart(2, "0")}`);
const pairs = new Map(cohort.map((site) => [site, generateKeyPairSync("ed25519")]));
const identities = new Map([...pairs].map(([site, { publicKey }]) => [site, publicKey]));
const inputs = cohort.map((_, i) => Uint32Array.from({ length }, (_, k) => Math.imul(i + 1, k) >>> 0));
const late = new Set(cohort.slice(0, dropouts));

async function runRound(round) {
  const agreed = { run: "bench", round, cohort, threshold: smallestThreshold(size), length, terms: "" };
  const ms = { sites: new Map(cohort.map((site) => [site, 0])), coordinator: 0 };
  const timed = async (site, body) => {
    const start = performance.now();
    const result = await body();
    const spent = performance.now() - start;
    if (site === undefined) ms.coordinator += spent;
    else ms.sites.set(site, ms.sites.get(site) + spent);
    return result;
  };
  const coordinator = openSecureCoordinator(agreed, identities);
  const sites = new Map();
  for (const site of cohort) {
    const options = {
      round: agreed,
      site,
      identity: pairs.get(site).privateKey,
      pinned: identities,
      random,
      enter() {},
    };
    sites.set(site, await openSecureSite(options));
  }
  for (const [id, site] of sites) {
    const advertisement = await timed(id, () => site.advertise());
    await timed(undefined, () => coordinator.acceptAdvertisement(advertisement));
  }
  const shown = coordinator.closeAdvertisements();
  for (const [id, site] of sites) {
    const shares = await timed(id, () => site.share(shown));
    await timed(undefined, () => coordinator.acceptShares(id, shares));
  }
  const boxes = coordinator.closeShares();
  for (const [id, site] of sites) {
    const complaints = await timed(id, () => site.open(boxes.get(id)));
    await timed(undefined, () => coordinator.acceptComplaints(id, complaints));
  }
  const participants = await timed(undefined, () => coordinator.closeComplaints(new Map()));
  const staying = [...sites].filter(([id]) => !late.has(id));
  for (const [id, site] of staying) {
    const masked = await timed(id, () => site.mask(inputs[cohort.indexOf(id)].slice(), participants));
    await timed(undefined, () => coordinator.acceptMasked(id, masked));
  }
  const survivors = coordinator.closeMasked();
  for (const [id, site] of staying) coordinator.acceptAttestation(await timed(id, () => site.attest(survivors)));
  const attestations = coordinator.closeAttestations();
  for (const [id, site] of staying) coordinator.acceptDisclosure(await timed(id, () => site.disclose(attestations)));
  const sum = await timed(undefined, () => coordinator.unmask());
  const wanted = new Uint32Array(length);
  for (const id of survivors) inputs[cohort.indexOf(id)].forEach((word, k) => (wanted[k] += word));
  if (!sum.every((word, k) => word === wanted[k])) throw new Error("the sum is not exact");
  return { slowestSite: Math.max(...ms.sites.values()), allSites: sum20(ms.sites), coordinator: ms.coordinator };
}

const sum20 = (map) => [...map.values()].reduce((total, value) => total + value, 0);
let best;
for (let round = 0; round < 3; round++) {
  const result = await runRound(round);
  if (best === undefined || result.allSites + result.coordinator < best.allSites + best.coordinator) best = result;
}

/** What noise from the sites adds to a round: clip, rotation, rounding and noise at each of them, and the way back at one place. */
function timeNoise() {
  const rotationKey = new Uint8Array(32);
  const noise = { length, l2ClipNorm: 1, noiseMultiplier: 2, survivors: 10, sites: 255, rotationKey };
  const { encode, decode } = distributedGaussian(noise);
  const change = Float64Array.from({ length }, (_, i) => Math.cos(i) / 1000);
  const times = { encode: Infinity, decode: Infinity };
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    const words = encode(change, random);
    const made = performance.now();
    decode(words);
    times.encode = Math.min(times.encode, made - start);
    times.decode = Math.min(times.decode, performance.now() - made);
  }
  return times;
}

const noise = timeNoise();
if (process.argv.includes("--json")) console.log(JSON.stringify({ size, length, dropouts, ...best, noise }));
else {
  console.log(`secure round, ${size} sites x ${length} words, ${dropouts} dropouts, sum exact`);
  console.log(`  slowest site ${best.slowestSite.toFixed(0)} ms, coordinator ${best.coordinator.toFixed(0)} ms`);
  console.log(`  everything on one core ${(best.allSites + best.coordinator).toFixed(0)} ms`);
  console.log(
    `  noise from the sites: ${noise.encode.toFixed(0)} ms more at each, ${noise.decode.toFixed(0)} ms at the coordinator`,
  );
}
