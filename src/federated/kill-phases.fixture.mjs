// A coordinator or a site in a process of its own, from the built package, that kills itself at a named moment.
//   node kill-phases.fixture.mjs serve PORT FOLDER MODE ROUNDS [MOMENT]
//   node kill-phases.fixture.mjs join PORT FOLDER MODE SITE [MOMENT]
// MODE: clear | buffered | secure. MOMENT: a name below and how often it must have come, such as chunk:2.
import { appendFileSync, closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";

const dist = new URL("../../dist/federated/", import.meta.url);
const from = async (file) => await import(new URL(file, dist));
const [role, port, folder, mode, ...rest] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Written before the moment and on the disk, as a ledger would be. */
function note(file, text) {
  const handle = openSync(join(folder, file), "a");
  appendFileSync(handle, `${text}\n`);
  fsyncSync(handle);
  closeSync(handle);
}

function reach(moment) {
  const [name, count] = last.split(":");
  if (name !== moment) return;
  left ??= Number(count ?? 1);
  left -= 1;
  if (left > 0) return;
  note("deaths", `${role} ${mode} ${last}`);
  process.kill(process.pid, "SIGKILL");
}
const last = rest[1] ?? "";
let left;

/** Calls `reach` around a method of the package. `name` gives the moment, from the call's arguments; null: none. */
function around(type, method, { before, after }) {
  const original = type.prototype[method];
  type.prototype[method] = function (...args) {
    const at = (moment) => {
      const name = typeof moment === "function" ? moment(...args) : moment;
      if (typeof name === "string") reach(name);
    };
    at(before);
    const result = original.apply(this, args);
    if (!(result instanceof Promise)) return (at(after), result);
    return result.then((value) => (at(after), value));
  };
}

async function watchServer() {
  const { RunStore } = await from("run-store.js");
  const { UpdateIntake } = await from("update-intake.js");
  const { SpoolWriter } = await from("spool-writer.js");
  const { SecureExchange } = await from("secure-exchange.js");
  around(RunStore, "modelGiven", { before: "given" });
  around(RunStore, "roundOpened", { before: "asking", after: "asked" });
  around(UpdateIntake, "take", { before: () => note("chunks", ""), after: "chunk" });
  const { resume } = UpdateIntake;
  UpdateIntake.resume = async (noted) => {
    const intake = await resume.call(UpdateIntake, noted);
    note("resumed", intake === null ? "nothing" : 3 * intake.next.tensor + intake.next.index);
    return intake;
  };
  around(UpdateIntake, "finish", { after: "whole" });
  around(RunStore, "updateSpooled", { after: "spooled" });
  for (const release of ["release", "releaseBuffered"]) {
    around(RunStore, release, { before: "releasing", after: "released" });
    around(RunStore, release, { before: () => fold(true), after: () => fold(false) });
  }
  around(SpoolWriter, "append", { before: () => (isFolding ? "folding" : null) });
  around(RunStore, "roundClosed", { before: "closing", after: "closed" });
  around(SecureExchange, "open", { before: "plan", after: "exchanged" });
  around(SecureExchange, "answer", { before: (_link, _round, step) => `${step.kind}-came` });
  around(SecureExchange, "sum", { before: "masked", after: "unmasked" });
}
let isFolding = false;
const fold = (is) => {
  isFolding = is;
};

async function watchSite() {
  const { SiteWorker } = await from("site-worker.js");
  const { Download } = await from("download.js");
  const { Outbox } = await from("outbox.js");
  const { ModelFile } = await from("model-file.js");
  const { SiteSession } = await from("site-session.js");
  const { SecureParticipant } = await from("secure-participant.js");
  around(SiteWorker, "enterRun", { after: "welcomed" });
  around(Download, "take", { after: "downloading" });
  around(Outbox, "begin", { after: "begun" });
  around(Outbox, "keep", { before: "trained", after: "kept" });
  around(SiteWorker, "offer", { after: "offered" });
  around(ModelFile, "chunks", { after: "sending" });
  around(SiteSession, "receive", { before: ({ kind }) => (kind === "receipt" ? kind : null) });
  around(Outbox, "enterSecure", { after: "entered" });
  around(SecureParticipant, "take", {
    before: (_run, _round, { kind }) => kind,
    after: (_run, _round, { kind }) => `${kind}-answered`,
  });
}

// three chunks, of which the last is small
const length = mode === "secure" ? 500 : 530_000;
const model = () => [
  { name: "w", dtype: "float32", shape: [length], data: new Float32Array(length).map((_, i) => i % 7) },
];

async function secureServer() {
  const { authorityFiles } = await from("identity/index.js");
  const { serverCert, serverKey, caCert, revoked } = authorityFiles(join(folder, "ca"));
  return {
    tls: { certPath: serverCert, keyPath: serverKey, clients: { caPath: caCert, revokedPath: revoked } },
    secureAggregation: { range: 1, stepMs: 10_000 },
  };
}

async function serve(rounds) {
  const { startServer } = await from("grpc/server.js");
  const { fedAdam, fedAvg } = await from("strategy.js");
  await watchServer();
  const strategy = mode === "clear" ? fedAdam({ serverLearningRate: 0.5 }) : fedAvg({ weights: "equal" });
  const server = await startServer({
    address: `127.0.0.1:${port}`,
    strategy,
    rounds: Number(rounds),
    minClients: mode === "secure" ? 4 : 2,
    initialModel: { parameters: model() },
    stateDir: join(folder, "state"),
    reconnectMs: 30_000,
    deadlineMs: 30_000,
    ...(mode === "secure" ? await secureServer() : {}),
    ...(mode === "buffered" ? { buffered: { size: 2 }, evaluateEvery: 2 } : {}),
    onRound: () => reach("told"),
  });
  say({ port: server.port });
  const { modelDigest, rounds: records, parameters } = await server.finished;
  const used = records.map((r) => r.sites.filter((s) => s.status === "used").map((s) => s.site));
  const evaluated = records.filter((r) => r.evaluation !== null).map((r) => r.round);
  const values = Array.from(parameters[0].data.slice(0, 64));
  say({ modelDigest, outcomes: records.map((r) => r.outcome), used, evaluated, values });
}

async function identityOf(site) {
  const { readFileSync } = await import("node:fs");
  const { readCertificate } = await from("identity/index.js");
  const { identities } = JSON.parse(readFileSync(join(folder, "identities.json"), "utf8"));
  const others = Object.entries(identities).filter(([name]) => name !== site);
  const pinned = new Map(others.map(([name, { certPath }]) => [name, readCertificate(certPath).publicKey]));
  return { tls: identities[site], secureAggregation: { pinned } };
}

async function joinRun(site) {
  const { startClient } = await from("grpc/client.js");
  await watchSite();
  const place = site.charCodeAt(0) - 96;
  const fit = async ([w], { round }) => {
    // the site's ledger, in small: on the disk before the first record is touched
    note(`${site}.fits`, round);
    await new Promise((r) => setTimeout(r, 5));
    const data = Float32Array.from(w.data);
    // buffered: a coordinate for each site and round; else what depends on the model, so that a repeated round shows
    if (mode === "buffered") data[2 * (round - 1) + place - 1] += 1;
    else for (let i = 0; i < length; i++) data[i] = mode === "secure" ? data[i] + place / 64 : data[i] * 0.75 + place;
    return { parameters: [{ ...w, data }], stepsTaken: round };
  };
  const { rounds } = await startClient({
    address: `127.0.0.1:${port}`,
    site,
    client: { getParameters: model, evaluate: () => ({ loss: place }), fit },
    evaluation: "public",
    outbox: join(folder, `outbox-${site}`),
    retry: { attempts: 400, firstDelayMs: 20 },
    ...(mode === "secure" ? await identityOf(site) : {}),
  });
  say({ rounds: rounds.map(({ round, asked, outcome, reason }) => ({ round, asked, outcome, reason })) });
}

if (role === "serve") await serve(...rest);
else await joinRun(...rest);
