// Federated averaging over loopback, server and sites in processes of their own; the same workloads as the peers' table:
// rounds per second of 10 sites with 10,000 parameters, then 2 sites with 100 MB each and the server's peak memory in
// models. Each scenario ends by itself, at the latest after 120 s.
import { spawn } from "node:child_process";
import { fedAvg, startClient, startServer } from "../dist/federated/index.js";

const limitMs = 120_000;
const tensors = 10;
const scenarios = [
  { name: "10 sites x 10,000 parameters", sites: 10, parameters: 10_000, rounds: 100 },
  { name: "2 sites x 100 MB", sites: 2, parameters: 25 * 2 ** 20, rounds: 4 },
];

/** 10 equal float32 tensors. */
function model(parameters) {
  const size = parameters / tensors;
  return Array.from({ length: tensors }, (_, t) => {
    return { name: `w${t}`, dtype: "float32", shape: [size], data: new Float32Array(size).fill(t + 0.5) };
  });
}

/** Runs in its own process: prints the port, plays the rounds, prints what they took. */
async function serve({ sites, parameters, rounds }) {
  const ends = [];
  const server = await startServer({
    address: "127.0.0.1:0",
    strategy: fedAvg(),
    rounds,
    minClients: sites,
    initialModel: { parameters: model(parameters) },
    onRound: () => void ends.push(performance.now()),
  });
  process.send({ address: server.address });
  await server.finished;
  // the first round also waits for the sites
  const roundsPerSecond = (rounds - 1) / ((ends.at(-1) - ends[0]) / 1000);
  process.send({ roundsPerSecond, peakMiB: process.resourceUsage().maxRSS / 1024 });
  process.disconnect();
}

/** All sites of a scenario in one process: each returns what it was given, plus one. */
async function join({ sites }, address) {
  const fit = (parameters) => parameters.map((p) => ({ ...p, data: p.data.map((x) => x + 1) }));
  const client = { getParameters: () => [], fit, evaluate: () => ({}) };
  await Promise.all(Array.from({ length: sites }, (_, i) => startClient({ address, site: `site-${i}`, client })));
  process.disconnect();
}

function child(...args) {
  const process_ = spawn(process.execPath, [import.meta.filename, ...args.map(String)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    timeout: limitMs,
  });
  const exited = new Promise((resolve) => process_.once("exit", resolve));
  const next = () => Promise.race([new Promise((r) => process_.once("message", r)), exited.then(() => ({}))]);
  return { next, exited };
}

async function measure(index) {
  const { name, sites, parameters } = scenarios[index];
  const server = child("serve", index);
  const { address } = await server.next();
  const clients = child("join", index, address);
  const { roundsPerSecond, peakMiB } = await server.next();
  await Promise.all([server.exited, clients.exited]);
  if (roundsPerSecond === undefined) {
    console.log(`${name}: did not finish within ${limitMs / 1000} s`);
    process.exitCode = 1;
    return;
  }
  const modelMiB = (parameters * 4) / 2 ** 20;
  // what a round moves: the model to each site and back
  const rate = roundsPerSecond * sites * 2 * modelMiB;
  const memory = modelMiB >= 1 ? `, ${(peakMiB / modelMiB).toFixed(1)} models` : "";
  console.log(
    `${name.padEnd(30)} ${roundsPerSecond.toFixed(2)} rounds/s   ${rate.toFixed(0)} MiB/s   ` +
      `server peak ${peakMiB.toFixed(0)} MiB${memory}`,
  );
}

const [role, index, address] = process.argv.slice(2);
if (role === "serve") await serve(scenarios[Number(index)]);
else if (role === "join") await join(scenarios[Number(index)], address);
else for (const i of scenarios.keys()) await measure(i);
