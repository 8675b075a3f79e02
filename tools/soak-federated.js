// Plays many rounds in one process while sites throw, send NaN and other shapes, fall silent, and lines break at random; then
// says whether a round got stuck and whether memory, files, timers or sockets grew. In clear; masked with mTLS; with a state folder
// and a coordinator that is closed and started again after about every 25th round; and the same buffered.
//   node --expose-gc tools/soak-federated.js [rounds] [seed] [clear|masked|restarted|buffered]
// after `npm run build`; 200 rounds and all of them by default; ends by itself
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  approveRequest,
  authorityFiles,
  initAuthority,
  readCertificate,
  requestIdentity,
} from "../dist/federated/identity/index.js";
import { fedAvg, startClient, startServer } from "../dist/federated/index.js";

const rounds = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 1e6);
const only = process.argv[4];
const limitMs = 3000 * rounds;
const names = ["ash", "elm", "fir", "oak", "yew"];
const elements = 20_000;
const collect = globalThis.gc ?? (() => undefined);
/** Open descriptors of this process; null where the system does not list them. */
const openFiles = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : null);

/** Mulberry32: faults can be played again. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const start = () => [{ name: "w", dtype: "float32", shape: [elements], data: new Float32Array(elements) }];

/** Trains by adding 0.001, or does one of the things that go wrong. */
function faultyClient(random, counts) {
  const count = (kind) => (counts[kind] = (counts[kind] ?? 0) + 1);
  return {
    getParameters: start,
    async fit([w]) {
      const u = random();
      if (u < 0.04) {
        count("threw");
        throw new Error("soak");
      }
      if (u < 0.07) {
        count("NaN");
        return [{ ...w, data: new Float32Array(elements).fill(NaN) }];
      }
      if (u < 0.1) {
        count("shape");
        return [{ ...w, shape: [1], data: new Float32Array(1) }];
      }
      if (u < 0.12) {
        count("silent");
        await pause(900);
      }
      return [{ ...w, data: w.data.map((v) => v + 0.001) }];
    },
    evaluate: () => ({}),
  };
}

/** Passes bytes on, and breaks a line now and then. */
async function breakingProxy(port, random, counts) {
  const open = new Set();
  const server = createServer((from) => {
    const to = connect(port, "127.0.0.1");
    for (const [a, b] of [
      [from, to],
      [to, from],
    ]) {
      open.add(a);
      a.on("error", () => b.destroy());
      a.on("close", () => (open.delete(a), b.destroy()));
      a.pipe(b);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const timer = setInterval(() => {
    const all = [...open];
    if (all.length === 0 || random() > 0.3) return;
    counts.broken = (counts.broken ?? 0) + 1;
    all[Math.floor(random() * all.length)].destroy();
  }, 100);
  const close = () => {
    clearInterval(timer);
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { port: server.address().port, close };
}

async function identities(dir) {
  await initAuthority({ dir: join(dir, "ca"), hosts: ["127.0.0.1"] });
  const tls = new Map();
  const keys = new Map();
  for (const site of names) {
    const asked = await requestIdentity({ dir: mkdtempSync(join(dir, `${site}-`)), site });
    const { folder } = await approveRequest({ dir: join(dir, "ca"), ...asked, days: 1 });
    const paths = { caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath };
    tls.set(site, paths);
    keys.set(site, readCertificate(paths.certPath).publicKey);
  }
  return { tls, keys };
}

const modes = ["clear", "masked", "restarted", "buffered"];

/** The end of the last of the servers that came one after the other. */
async function lastOf(ends) {
  for (let i = 0; ; i++) {
    try {
      return await ends[i];
    } catch (error) {
      if (error.code !== "aborted" || performance.now() > limitMs) throw error;
      // an error keeps what its stack was called on, and so the whole coordinator
      ends[i] = null;
      while (ends.length === i + 1) await pause(5);
    }
  }
}

async function soak(mode) {
  const isSecure = mode === "masked";
  const isDurable = mode === "restarted" || mode === "buffered";
  const random = generator(seed + modes.indexOf(mode));
  const dir = mkdtempSync(join(tmpdir(), "sordino-soak-"));
  const counts = {};
  const outcomes = {};
  const heaps = [];
  const rss = [];
  const files = [];
  let longestMs = 0;
  let last = performance.now();
  const { tls, keys } = await identities(dir);
  const { serverCert, serverKey, caCert, revoked } = authorityFiles(join(dir, "ca"));
  const secure = {
    tls: { certPath: serverCert, keyPath: serverKey, clients: { caPath: caCert, revokedPath: revoked } },
    secureAggregation: { range: 1, stepMs: 1000 },
  };
  let restarts = 0;
  let server;
  const ends = [];
  const start_ = async (port) => {
    server = await startServer({ ...options, address: `127.0.0.1:${port}` });
    ends.push(server.finished);
    return server.port;
  };
  const options = {
    strategy: fedAvg({ weights: "equal" }),
    rounds,
    minClients: 3,
    initialModel: start(),
    deadlineMs: 700,
    reconnectMs: 300,
    ...(isDurable ? { stateDir: join(dir, "spool") } : { spoolDir: join(dir, "spool") }),
    ...(mode === "buffered" ? { buffered: { size: 3 }, evaluateEvery: 5, deadlineMs: 20_000 } : {}),
    signal: AbortSignal.timeout(limitMs),
    ...(isSecure ? secure : {}),
    onRound: ({ round, outcome }) => {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
      if (isDurable && random() < 0.04 && round < rounds) setTimeout(() => void again(server), 20 * random());
      if (round % Math.max(1, Math.floor(rounds / 10)) !== 0) return;
      collect();
      heaps.push(Math.round(process.memoryUsage().heapUsed / 2 ** 17) / 8);
      rss.push(Math.round(process.memoryUsage().rss / 2 ** 20));
      files.push(openFiles());
    },
  };
  const again = async (old) => {
    if (old === null || old !== server) return;
    const { port } = old;
    server = null;
    restarts += 1;
    await old.close();
    await start_(port);
  };
  await start_(0);
  const proxy = await breakingProxy(server.port, random, counts);
  const stop = new AbortController();
  const joined = names.map(async (site) => {
    const base = {
      address: `127.0.0.1:${proxy.port}`,
      site,
      client: faultyClient(random, counts),
      retry: { attempts: 50, firstDelayMs: 20 },
      signal: stop.signal,
    };
    const pinned = new Map([...keys].filter(([name]) => name !== site));
    const masked = isSecure ? { tls: tls.get(site), secureAggregation: { pinned } } : {};
    return await startClient({ ...base, ...masked });
  });
  const ended = Promise.allSettled(joined);
  const began = performance.now();
  const { parameters } = await lastOf(ends);
  const seconds = (performance.now() - began) / 1000;
  const spool = readdirSync(join(dir, "spool"), { recursive: true }).length;
  await server?.close();
  // a site whose line broke at the end comes back to nobody
  const left = await Promise.race([ended, pause(10_000, "late", { ref: false })]);
  stop.abort();
  proxy.close();
  const values = new Set(parameters[0].data);
  rmSync(dir, { recursive: true, force: true });
  await pause(500);
  const handles = process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|FSReq|Worker/.test(kind));
  const released = outcomes.released ?? 0;
  // every used update adds 0.001 (masked: to within a step of the ring): so must every released round
  const drift = mode === "buffered" ? null : Math.abs(parameters[0].data[0] - released * 0.001);
  const sites = left === "late" ? "late" : left.map(({ status, reason }) => reason?.code ?? status);
  return {
    rounds,
    outcomes,
    counts,
    restarts,
    seconds,
    longestMs,
    heaps,
    rss,
    files,
    spool,
    sites,
    handles,
    values: values.size,
    drift,
  };
}

console.log(`seed ${seed}`);
for (const mode of modes) {
  if (only === undefined || only === mode) console.log(mode, JSON.stringify(await soak(mode), null, 1));
}
