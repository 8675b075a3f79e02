// Federated averaging over loopback, coordinator and sites in processes of their own:
//   rounds per second of 10 sites with 10,000 parameters (the peers' workload, sites with real clients);
//   the coordinator's peak memory in models of 100 MB at 2, 8 and 32 sites, and of 1 GB at 4;
//   MiB/s of one site each way through a relay that delays, in clear and with mutual TLS.
//   node bench/federated.js [rounds|memory|large|throughput|peers …]     rounds, memory and throughput by default
//   `peers`: Flower beside it, in turns; FLWR_PYTHON names a Python interpreter that has it (flwr 1.8.0, numpy < 2).
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { delayRelay } from "./federated-delay.js";
import { startClient } from "../dist/federated/grpc/client.js";
import { flower, measureFlower } from "./peers/flower.js";
import { startServer } from "../dist/federated/grpc/server.js";
import { fedAvg } from "../dist/federated/strategy.js";

const limitMs = 300_000;
const tensors = 10;
const million = 2 ** 20;
const scenarios = {
  rounds: [{ name: "10 sites x 10,000 parameters", sites: 10, parameters: 10_000, rounds: 200, isThin: false }],
  memory: [2, 8, 32].map((sites) => {
    return { name: `${sites} sites x 100 MB`, sites, parameters: 25 * million, rounds: 2, isThin: true };
  }),
  large: [{ name: "4 sites x 1 GB", sites: 4, parameters: 256 * million, rounds: 1, isThin: true }],
  throughput: [
    { name: "1 site x 256 MiB, clear", delayMs: 0 },
    { name: "1 site x 256 MiB, clear, 40 ms round trip", delayMs: 40 },
    { name: "1 site x 256 MiB, mutual TLS", isSecret: true },
  ].map((s) => ({ sites: 1, parameters: 64 * million, rounds: 4, isThin: true, isThroughput: true, ...s })),
};
const peerTurns = 3;
const peerScenarios = [
  [10, "10,000 parameters", 10_000, 200],
  [2, "1 MiB", million / 4, 60],
  [10, "1 MiB", million / 4, 30],
  [10, "10 MiB", (10 * million) / 4, 6],
  [2, "100 MiB", (100 * million) / 4, 4],
].map(([sites, size, parameters, rounds]) => {
  return { name: `${sites} sites x ${size}`, sites, parameters, rounds, isThin: false };
});

/** 10 equal float32 tensors. */
function model(parameters) {
  const size = parameters / tensors;
  return Array.from({ length: tensors }, (_, t) => {
    return { name: `w${t}`, dtype: "float32", shape: [Math.floor(size)], data: new Float32Array(size).fill(t + 0.5) };
  });
}

/** Runs in its own process: prints the port, plays the rounds, prints what they took. */
async function serve({ sites, parameters, rounds }, tls) {
  const ends = [];
  const server = await startServer({
    address: "127.0.0.1:0",
    strategy: fedAvg(),
    rounds,
    minClients: sites,
    initialModel: { parameters: model(parameters) },
    onRound: () => void ends.push(performance.now()),
    ...(tls === undefined ? {} : { tls }),
  });
  process.send({ address: server.address, port: server.port });
  const started = performance.now();
  await server.finished;
  // the first round also waits for the sites
  const seconds = rounds === 1 ? (ends[0] - started) / 1000 : (ends.at(-1) - ends[0]) / 1000;
  const roundsPerSecond = (rounds === 1 ? 1 : rounds - 1) / seconds;
  const { user, system } = process.cpuUsage();
  process.send({ roundsPerSecond, peakMiB: process.resourceUsage().maxRSS / 1024, cpuSeconds: (user + system) / 1e6 });
  process.disconnect();
}

/** All sites of a scenario in one process: each returns what it was given, plus one; or holds nothing. */
async function attend({ sites, isThin }, address, tls) {
  const { thinSite } = isThin ? await import("./federated-thin-site.js") : {};
  const fit = (parameters) => {
    for (const { data } of parameters) for (let i = 0; i < data.length; i++) data[i] += 1;
    return parameters;
  };
  const client = { getParameters: () => [], fit, evaluate: () => ({}) };
  const secret = tls === undefined ? {} : { tls };
  const one = (site) =>
    isThin ? thinSite({ address, site, ...secret }) : startClient({ address, site, client, ...secret });
  const all = await Promise.all(Array.from({ length: sites }, (_, i) => one(`site-${i}`)));
  if (isThin) process.send({ transfers: all[0] });
  process.disconnect();
}

function child(role, scenario, ...args) {
  const given = [role, JSON.stringify(scenario), ...args.map((a) => JSON.stringify(a) ?? "undefined")];
  const process_ = spawn(process.execPath, [import.meta.filename, ...given], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    timeout: limitMs,
  });
  const exited = new Promise((resolve) => process_.once("exit", resolve));
  const next = () => Promise.race([new Promise((r) => process_.once("message", r)), exited.then(() => ({}))]);
  return { next, exited };
}

/** An authority, a coordinator and one site, for a run with mutual TLS. */
async function enroll() {
  const identity = await import("../dist/federated/identity/index.js");
  const dir = mkdtempSync(join(tmpdir(), "sordino-bench-"));
  const authority = join(dir, "ca");
  await identity.initAuthority({ dir: authority, hosts: ["localhost", "127.0.0.1"] });
  const asked = await identity.requestIdentity({ dir: join(dir, "site-0"), site: "site-0" });
  const { folder } = await identity.approveRequest({ dir: authority, ...asked, days: 1 });
  const { serverCert, serverKey, caCert, revoked } = identity.authorityFiles(authority);
  return {
    server: { certPath: serverCert, keyPath: serverKey, clients: { caPath: caCert, revokedPath: revoked } },
    site: { caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath },
    remove: () => rmSync(dir, { recursive: true }),
  };
}

async function measure(scenario) {
  const secret = scenario.isSecret === true ? await enroll() : undefined;
  const server = child("serve", scenario, secret?.server);
  const { address, port } = await server.next();
  const relay = scenario.delayMs === undefined ? undefined : await delayRelay(port, scenario.delayMs);
  const clients = child("join", scenario, relay?.address ?? address, secret?.site);
  const [result, { transfers }] = await Promise.all([server.next(), clients.next()]);
  await Promise.all([server.exited, clients.exited]);
  relay?.close();
  secret?.remove();
  return { result, transfers };
}

async function measureAndPrint(scenario) {
  const { result, transfers } = await measure(scenario);
  print(scenario, result, transfers);
}

/** Both in turns, real clients on both sides: the most rounds per second, the least peak and processor time of all turns count. */
async function compare() {
  const peer = flower();
  if (peer === null) {
    console.error("nothing was compared: FLWR_PYTHON names no Python interpreter with flwr");
    process.exitCode = 3;
    return;
  }
  const machine = { cpu: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const versions = { node: process.versions.node, flwr: peer.version };
  console.log(`${machine.cpu}, ${machine.cores} cores; Node ${versions.node}, Flower ${versions.flwr}\n`);
  const columns = ["rounds/s", "server peak, MiB", "server CPU, s"].flatMap((column) => [column, "Flower"]);
  console.log(`| ${["", ...columns].join(" | ")} |\n| --- ${"| ---: ".repeat(columns.length)}|`);
  const lines = [];
  for (const scenario of peerScenarios) {
    const [ours, theirs] = [[], []];
    for (let turn = 0; turn < peerTurns; turn++) {
      ours.push((await measure(scenario)).result);
      theirs.push(await measureFlower(scenario, peer, limitMs));
    }
    const line = { name: scenario.name, sordino: best(ours), flower: best(theirs) };
    const text = (value, digits) => (value === null ? "did not finish" : value.toFixed(digits));
    const cells = Object.entries({ roundsPerSecond: 2, peakMiB: 0, cpuSeconds: 1 }).flatMap(([key, digits]) =>
      [line.sordino, line.flower].map((x) => text(x[key], digits)),
    );
    console.log(`| ${[line.name, ...cells].join(" | ")} |`);
    lines.push(line);
  }
  console.log(`\n${JSON.stringify({ machine, versions, turns: peerTurns, lines })}`);
}

function best(results) {
  const done = results.filter((r) => r.roundsPerSecond !== undefined);
  if (done.length === 0) return { roundsPerSecond: null, peakMiB: null, cpuSeconds: null };
  const roundsPerSecond = Math.max(...done.map((r) => r.roundsPerSecond));
  const least = (key) => Math.min(...done.map((r) => r[key]));
  return { roundsPerSecond, peakMiB: least("peakMiB"), cpuSeconds: least("cpuSeconds") };
}

function print({ name, sites, parameters, isThroughput }, { roundsPerSecond, peakMiB, cpuSeconds }, transfers) {
  if (roundsPerSecond === undefined) {
    console.log(`${name}: did not finish within ${limitMs / 1000} s`);
    process.exitCode = 1;
    return;
  }
  const modelMiB = (parameters * 4) / million;
  const memory = modelMiB >= 1 ? `, ${(peakMiB / modelMiB).toFixed(1)} models` : "";
  // what a round moves: the model to each site and back
  const rate = roundsPerSecond * sites * 2 * modelMiB;
  const least = (key) => Math.min(...transfers.map((t) => t[key]));
  const oneWay = (key) => `${((modelMiB * 1000) / least(key)).toFixed(0)} MiB/s`;
  const line = isThroughput
    ? `up ${oneWay("upMs")}   down ${oneWay("downMs")}`
    : `${roundsPerSecond.toFixed(2)} rounds/s   ${rate.toFixed(0)} MiB/s`;
  const peak = `coordinator peak ${peakMiB.toFixed(0)} MiB${memory}, ${cpuSeconds.toFixed(1)} CPU s`;
  console.log(`${name.padEnd(44)} ${line}   ${peak}`);
}

const [role, scenario, ...args] = process.argv.slice(2);
const parsed = args.map((a) => (a === "undefined" ? undefined : JSON.parse(a)));
if (role === "serve") await serve(JSON.parse(scenario), ...parsed);
else if (role === "join") await attend(JSON.parse(scenario), ...parsed);
else {
  const wanted = role === undefined ? ["rounds", "memory", "throughput"] : [role, scenario, ...args];
  for (const kind of wanted.filter((k) => k !== undefined)) {
    if (kind === "peers") await compare();
    else for (const s of scenarios[kind]) await measureAndPrint(s);
  }
}
