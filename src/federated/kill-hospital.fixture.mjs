// A hospital in a process of its own, from the built package, with its ledger, checkpoints and outbox: something that can be killed.
//   node kill-hospital.fixture.mjs ADDRESS FOLDER      says {"round"} before a round and {"step"} after each of its steps
import "@tensorflow/tfjs-backend-cpu";
import { join } from "node:path";
import { setBackend } from "@tensorflow/tfjs-core";

const dist = new URL("../../dist/federated/", import.meta.url);
const { hospitalClient } = await import(new URL("hospital-client.js", dist));
const { startClient } = await import(new URL("grpc/client.js", dist));
const [address, folder] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

await setBackend("cpu");
const rows = 40;
const hospital = hospitalClient({
  ledger: join(folder, "ledger"),
  checkpoint: join(folder, "state"),
  data: {
    id: "patients",
    x: { data: Float32Array.from({ length: 2 * rows }, (_, i) => (i % 4 < 2 ? 1 : -1)), shape: [rows, 2] },
    y: { data: Int32Array.from({ length: rows }, (_, i) => i % 2), shape: [rows] },
  },
  datasetSize: rows,
  loss: "sparseCategoricalCrossentropy",
  optimizer: { kind: "sgd", learningRate: 0.5 },
  privacy: {
    unit: "example",
    neighboring: "add-or-remove-one",
    targetEpsilon: 4,
    delta: 1e-4,
    l2ClipNorm: 1,
    expectedBatchSize: 20,
    stepsPerRound: 3,
    maxRounds: 100,
  },
  onStep: ({ index }) => say({ step: index }),
});
const client = {
  ...hospital,
  fit: async (parameters, config) => {
    say({ round: config.round });
    return await hospital.fit(parameters, config);
  },
};
const { rounds } = await startClient({
  address,
  site: "hospital",
  client,
  outbox: join(folder, "outbox"),
  retry: { attempts: 200, firstDelayMs: 20 },
});
await hospital.close();
say({ ended: rounds.map(({ round, outcome, reason }) => ({ round, outcome, reason })) });
