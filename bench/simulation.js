// Simulated federated rounds: 1,000 clients with 10,000 parameters in one process, all asked every round.
//   node bench/simulation.js [--json]      after `npm run build`
// The clients' own work is next to nothing (one pass over the parameters): what is timed is the simulation.
import { simulate } from "../dist/federated/simulation/simulate.js";
import { fedAdam, fedAvg } from "../dist/federated/strategy.js";
import { planDpFedAvg } from "../dist/federated/dp-fed-avg.js";

const [clients, length, rounds] = [1000, 10_000, 5];
const initialParameters = [{ name: "w", dtype: "float32", shape: [length], data: new Float32Array(length) }];
const client = (index) => ({
  fit: (parameters) => {
    const { data } = parameters[0];
    const step = 1e-3 * (1 + (index % 17));
    for (let i = 0; i < length; i++) data[i] += step;
    return parameters;
  },
});
const privacy = planDpFedAvg({
  rounds,
  sites: clients,
  samplingProbability: 1,
  l2ClipNorm: 1,
  noiseMultiplier: 1,
  delta: 1e-5,
});
const kinds = {
  "fed-avg": { strategy: fedAvg() },
  "fed-adam": { strategy: fedAdam({ serverLearningRate: 0.1 }) },
  "dp-fed-avg": { privacy },
};
const results = {};
for (let turn = 0; turn < 3; turn++) {
  for (const [name, options] of Object.entries(kinds)) {
    const start = performance.now();
    await simulate({ clients, client, initialParameters, rounds, ...options });
    const perSecond = (1000 * rounds) / (performance.now() - start);
    results[name] = Math.max(results[name] ?? 0, perSecond);
  }
}
if (process.argv.includes("--json")) console.log(JSON.stringify({ clients, length, roundsPerSecond: results }));
else {
  console.log(`simulation, ${clients} clients x ${length} parameters, rounds per second`);
  for (const [name, value] of Object.entries(results)) console.log(`  ${name.padEnd(12)} ${value.toFixed(1)}`);
}
