import "@tensorflow/tfjs-backend-cpu";
import { verify } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveModel } from "../dpsgd/index.ts";
import { verifyAuditTrail } from "./audit-trail.ts";
import { examineSite } from "./doctor.ts";
import { dryRun, dryRunBytes } from "./dry-run.ts";
import { readReport } from "./epsilon-report.ts";
import { approveRequest, initAuthority, readCertificate, requestIdentity } from "./identity/index.ts";
import { runJoin } from "./run-join.ts";
import { runServe } from "./run-serve.ts";

let dir: string;
let root: string;
const at = (...names: string[]): string => join(dir, ...names);
beforeAll(async () => {
  await setBackend("cpu");
  dir = mkdtempSync(join(tmpdir(), "sordino-guarded-"));
  const model = sequential({
    layers: [layers.dense({ inputShape: [2], units: 2, activation: "softmax", kernelInitializer: "zeros" })],
  });
  await saveModel(model, at("model"));
  root = (await initAuthority({ dir: at("ca"), hosts: ["localhost"] })).fingerprint;
  for (const name of ["a", "b"]) await enroll(name);
});
afterAll(() => rmSync(dir, { recursive: true }));

async function enroll(name: string): Promise<void> {
  const own = at(name, "identity");
  const asked = await requestIdentity({ dir: own, site: name });
  const { folder } = await approveRequest({ dir: at("ca"), ...asked });
  for (const file of ["site.pem", "ca.pem", "coordinator.pem"]) copyFileSync(join(folder, file), join(own, file));
  const [rows, width] = [40, 2];
  const x = Buffer.alloc(12 + 4 * rows * width);
  x.set([0, 0, 0x0d, 2, 0, 0, 0, rows, 0, 0, 0, width]);
  for (let i = 0; i < rows * width; i++) x.writeFloatBE((i % 4 < 2 ? 1 : -1) + 0.3 * Math.cos(2.4 * i), 12 + 4 * i);
  const y = Buffer.from([0, 0, 0x08, 1, 0, 0, 0, rows, ...Array.from({ length: rows }, (_, i) => i % 2)]);
  mkdirSync(at(name), { recursive: true });
  writeFileSync(at(name, "x.idx"), x);
  writeFileSync(at(name, "y.idx"), y);
}

interface SiteChanges {
  readonly policy?: object;
  readonly top?: object;
}

/** Writes a site file and gives its path. */
function site(name: string, port: number, { policy = {}, top = {} }: SiteChanges = {}): string {
  const path = at(name, "site.json");
  const identity = (file: string): string => join("identity", file);
  const value = {
    version: "federated-site/v1",
    site: name,
    server: `localhost:${port}`,
    tls: {
      ca: identity("ca.pem"),
      cert: identity("site.pem"),
      key: identity("site.key"),
      coordinator: identity("coordinator.pem"),
    },
    ledger: "ledger",
    audit: "audit.jsonl",
    state: "state",
    data: { id: `${name}-patients`, datasetSize: 40, features: "x.idx", labels: "y.idx" },
    training: { loss: "sparseCategoricalCrossentropy", optimizer: "sgd", learningRate: 0.5 },
    privacy: {
      unit: "example",
      neighboring: "add-or-remove-one",
      targetEpsilon: 4,
      delta: 1e-4,
      l2ClipNorm: 1,
      expectedBatchSize: 20,
      stepsPerRound: 2,
      maxRounds: 2,
    },
    policy: {
      servers: [root],
      runs: "any",
      minCohort: 2,
      maxRounds: 2,
      l2ClipNorm: { min: 0.1, max: 2 },
      minNoiseMultiplier: 1,
      mustUseSecureAggregation: false,
      tensors: "announced",
      maxBytesPerRound: 1000,
      epsilonBudget: 4,
      maxDelta: 1e-4,
      ...policy,
    },
    ...top,
  };
  writeFileSync(path, JSON.stringify(value));
  return path;
}

let played = 0;
/** Plays a run of two rounds while `scene` looks on; stops it where the scene does not end it. */
async function serve<T>(
  scene: (port: number) => Promise<T>,
  changes: object = {},
): Promise<{ result: T; audit: string }> {
  const audit = `audit-${++played}.jsonl`;
  const run = {
    version: "federated-config/v1",
    address: "localhost:0",
    tls: {
      cert: "ca/server.pem",
      key: "ca/server.key",
      clients: { ca: "ca/ca.pem", revoked: "ca/revoked.json" },
    },
    signingKey: "ca/coordinator.key",
    model: "model",
    rounds: 2,
    minClients: 2,
    audit,
    ...changes,
  };
  writeFileSync(at("run.json"), JSON.stringify(run));
  const stop = new AbortController();
  let served: Promise<unknown> = Promise.resolve();
  const port = await new Promise<number>((resolve, reject) => {
    served = runServe({
      configPath: at("run.json"),
      onListening: (server) => resolve(server.port),
      signal: stop.signal,
    }).catch(reject);
  });
  try {
    return { result: await scene(port), audit: at(audit) };
  } finally {
    stop.abort();
    await served;
  }
}

const kinds = (path: string): string[] => verifyAuditTrail(readFileSync(path)).entries.map((e) => e.kind);

describe("a run between parties that prove who they are", () => {
  it("shows a site what would leave, then is joined, and both trails say the same", async () => {
    const { result, audit } = await serve(async (port) => {
      const path = site("a", port);
      const findings = await examineSite(path);
      const signed = await dryRun({ sitePath: path });
      // nobody was counted as present for it, and nothing was spent
      expect(existsSync(at("a", "ledger"))).toBe(false);
      const joined = await Promise.all([runJoin({ sitePath: path }), runJoin({ sitePath: site("b", port) })]);
      return { findings, signed, joined };
    });
    expect(result.findings.map((f) => [f.check, f.status])).toEqual(
      [
        "site file",
        "ledger",
        "disk",
        "own certificate",
        "name",
        "connection",
        "TLS and handshake",
        "clock",
        "size",
        "policy",
      ].map((check) => [check, "ok"]),
    );
    const { report, signature } = result.signed;
    expect(report.update?.tensors.map(({ shape, bytes }) => [shape, bytes])).toEqual([
      [[2, 2], 16],
      [[2], 8],
    ]);
    expect(report).toMatchObject({
      policy: "allowed",
      metrics: [],
      run: { source: "coordinator", rounds: 2, minClients: 2 },
    });
    const key = readCertificate(at("a", "identity", "site.pem")).publicKey;
    expect(verify(null, dryRunBytes(report), key, Buffer.from(signature ?? "", "base64"))).toBe(true);
    expect(verify(null, dryRunBytes({ ...report, metrics: ["x"] }), key, Buffer.from(signature ?? "", "base64"))).toBe(
      false,
    );
    // what it said would be charged is what was
    expect(report.privacy?.epsilonUpper).toBe(result.joined[0].privacy?.epsilon.upper);
    expect(result.joined[0].rounds.map((r) => r.outcome)).toEqual(["accepted", "accepted"]);
    const received = verifyAuditTrail(readFileSync(audit)).entries.filter((e) => e.kind === "update-received");
    const left = verifyAuditTrail(readFileSync(at("a", "audit.jsonl"))).entries.filter((e) => e.kind === "update-left");
    const ofA = received.filter((e) => e.site === "a" && e.reason === null);
    expect(ofA.map((e) => e.update)).toEqual(left.map((e) => e.update));
    for (const { report: signedReport, round } of ofA) {
      const bytes = (text = ""): Buffer => Buffer.from(text, "base64");
      const said = readReport({ body: bytes(signedReport?.body), signature: bytes(signedReport?.signature) }, key);
      expect(said).toMatchObject({ site: "a", round, privacy: { serverMustBeHonest: false, unit: "example" } });
    }
  }, 30_000);

  it("is refused by the policy of a site that wants more noise, and nothing is spent or left", async () => {
    rmSync(at("a", "audit.jsonl"));
    rmSync(at("a", "ledger"), { recursive: true });
    await serve(async (port) => {
      const sitePath = site("a", port, { policy: { minNoiseMultiplier: 100 } });
      await expect(runJoin({ sitePath })).rejects.toMatchObject({ details: { rule: "minNoiseMultiplier" } });
      const { report } = await dryRun({ sitePath });
      expect(report).toMatchObject({ policy: { rule: "minNoiseMultiplier" }, update: null, privacy: null });
      const judged = (await examineSite(sitePath)).at(-1);
      expect(judged).toMatchObject({ check: "policy", status: "failed" });
    });
    expect(existsSync(at("a", "ledger"))).toBe(false);
    expect(kinds(at("a", "audit.jsonl"))).toEqual(["session-opened", "policy-decision", "session-refused"]);
  }, 30_000);

  it("is refused when its rounds are smaller than the site's policy wants", async () => {
    await serve(
      async (port) => {
        await expect(runJoin({ sitePath: site("a", port) })).rejects.toMatchObject({ details: { rule: "minCohort" } });
      },
      { minClients: 1 },
    );
  }, 30_000);

  it("is refused by a site whose policy pins another server", async () => {
    await serve(async (port) => {
      const servers = [`sha256:${"0".repeat(64)}`];
      const sitePath = site("a", port, { policy: { servers } });
      await expect(runJoin({ sitePath })).rejects.toMatchObject({ details: { check: "fingerprint" } });
    });
  }, 30_000);
});

describe("a doctor", () => {
  it("says what is wrong, and goes on where it can", async () => {
    const statusOf = async (path: string): Promise<Record<string, string>> =>
      Object.fromEntries((await examineSite(path)).map((f) => [f.check, f.status]));
    expect(await statusOf(at("none.json"))).toEqual({ "site file": "failed" });
    const nobody = await statusOf(site("a", 9));
    expect(nobody).toMatchObject({ "own certificate": "ok", name: "ok", connection: "failed", clock: "skipped" });
    const elsewhere = await statusOf(site("a", 9, { top: { server: "no-such-host.invalid:7443" } }));
    expect(elsewhere).toMatchObject({ name: "failed", connection: "skipped" });
    const renamed = await statusOf(site("a", 9, { top: { site: "c" } }));
    expect(renamed["own certificate"]).toBe("failed");
  }, 20_000);
});

describe("a site file", () => {
  it("with a policy and without TLS is refused: a server could not be told from another", async () => {
    const sitePath = site("a", 9, { top: { tls: undefined } });
    await expect(runJoin({ sitePath })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { argument: "tls" },
    });
  });
});
