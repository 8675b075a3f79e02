// A coordinator or a site in a process of its own, from the built package: something that can be killed.
//   node kill-process.fixture.mjs serve PORT FOLDER ROUNDS SITES QUORUM
//   node kill-process.fixture.mjs join PORT FOLDER SITE
import { appendFileSync, closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { createPrivateKey, createPublicKey } from "node:crypto";

const dist = new URL("../../dist/federated/", import.meta.url);
const [role, port, folder, ...rest] = process.argv.slice(2);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

// a key for the test alone
const seed = Buffer.from("302e020100300506032b657004220420".padEnd(96, "7"), "hex");
const signingKey = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });

const length = 300_000;
const model = (value) => [
  { name: "w", dtype: "float32", shape: [length], data: new Float32Array(length).map((_, i) => value + (i % 7)) },
  { name: "n", dtype: "int64", shape: [], data: BigInt64Array.of(0n) },
];

async function serve(rounds, sites, quorum) {
  const { startServer } = await import(new URL("grpc/server.js", dist));
  const { fedAdam } = await import(new URL("strategy.js", dist));
  const server = await startServer({
    address: `127.0.0.1:${port}`,
    strategy: fedAdam({ serverLearningRate: 0.5 }),
    rounds: Number(rounds),
    minClients: Number(sites),
    quorum: Number(quorum),
    initialModel: { parameters: model(0) },
    stateDir: folder,
    reconnectMs: 20_000,
    signingKey,
  });
  say({ port: server.port });
  const { modelDigest, rounds: records } = await server.finished;
  const used = records.map((r) => r.sites.filter((s) => s.status === "used").map((s) => s.site));
  say({ modelDigest, outcomes: records.map((r) => r.outcome), used });
}

async function joinRun(site) {
  const { startClient } = await import(new URL("grpc/client.js", dist));
  const log = join(folder, `${site}.fits`);
  const client = {
    getParameters: () => model(0),
    evaluate: () => ({}),
    fit: async ([w, n], { round }) => {
      // the site's ledger, in small: on the disk before the first record is touched
      appendFileSync(log, `${round}\n`);
      const handle = openSync(log, "r+");
      fsyncSync(handle);
      closeSync(handle);
      await new Promise((r) => setTimeout(r, 15));
      const pull = site.charCodeAt(0) - 96 + round / 8;
      const data = Float32Array.from(w.data, (x, i) => x * 0.75 + pull + (i % 3));
      return {
        parameters: [
          { ...w, data },
          { ...n, data: BigInt64Array.of(BigInt(round)) },
        ],
        stepsTaken: round,
      };
    },
  };
  const { rounds } = await startClient({
    address: `127.0.0.1:${port}`,
    site,
    client,
    outbox: join(folder, `outbox-${site}`),
    coordinatorKey: createPublicKey(signingKey),
    retry: { attempts: 200, firstDelayMs: 20 },
  });
  say({ rounds: rounds.map(({ round, outcome, reason }) => ({ round, outcome, reason })) });
}

if (role === "serve") await serve(...rest);
else await joinRun(...rest);
