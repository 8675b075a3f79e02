import "@tensorflow/tfjs-backend-cpu";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveModel } from "../dpsgd/index.ts";
import { readLedger, verifyLedger } from "../ledger/index.ts";
import { verifyAuditTrail } from "./audit-trail.ts";
import { dryRun } from "./dry-run.ts";
import { approveRequest, authorityFiles, initAuthority, requestIdentity } from "./identity/index.ts";
import { type JoinResult, runJoin } from "./run-join.ts";
import { runServe } from "./run-serve.ts";
import { planSiteNoise } from "./site-noise.ts";

const names = ["ash", "elm", "fir", "oak"];
const certificates = new Map<string, { ca: string; cert: string; key: string; coordinator: string }>();
let dir: string;
let fingerprint: string;
beforeAll(async () => {
  await setBackend("cpu");
  dir = mkdtempSync(join(tmpdir(), "sordino-run-noise-"));
  const dense = layers.dense({ inputShape: [2], units: 2, activation: "softmax", kernelInitializer: "zeros" });
  await saveModel(sequential({ layers: [dense] }), join(dir, "model"));
  const head = (type: number, ...shape: number[]): Buffer => {
    const bytes = Buffer.alloc(4 + 4 * shape.length);
    bytes.writeUInt8(type, 2);
    bytes.writeUInt8(shape.length, 3);
    shape.forEach((extent, i) => bytes.writeUInt32BE(extent, 4 + 4 * i));
    return bytes;
  };
  writeFileSync(
    join(dir, "x.idx"),
    Buffer.concat([head(0x08, 100, 2), Buffer.from(Array.from({ length: 200 }, (_, i) => i))]),
  );
  writeFileSync(
    join(dir, "y.idx"),
    Buffer.concat([head(0x08, 100), Buffer.from(Array.from({ length: 100 }, (_, i) => i % 2))]),
  );
  ({ fingerprint } = await initAuthority({ dir: join(dir, "ca"), hosts: ["127.0.0.1"] }));
  for (const site of names) {
    const asked = await requestIdentity({ dir: join(dir, site), site });
    const { folder } = await approveRequest({ dir: join(dir, "ca"), ...asked, days: 1 });
    const at = (name: string): string => join(folder, name);
    const own = { ca: at("ca.pem"), cert: at("site.pem"), key: asked.keyPath, coordinator: at("coordinator.pem") };
    certificates.set(site, own);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

const noise = { l2ClipNorm: 1, noiseMultiplier: 8, delta: 1e-5, honestSurvivors: 2 };
const plan = planSiteNoise({ ...noise, rounds: 2, elements: 6, minClients: 3 });
/** What the site's own noise is of the clip norm: 8/√2. */
const share = 8 / Math.SQRT2;

function write(name: string, value: unknown): string {
  const path = join(dir, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

function siteFile(site: string, server: string, minShare: number): string {
  const pinned = Object.fromEntries(
    names.filter((name) => name !== site).map((name) => [name, certificates.get(name)?.cert ?? ""]),
  );
  return write(`${site}.json`, {
    version: "federated-site/v1",
    site,
    server,
    tls: certificates.get(site),
    audit: `${site}-audit.jsonl`,
    ledger: `${site}-records`,
    data: { id: `${site}-patients`, datasetSize: 100, features: "x.idx", labels: "y.idx", scale: 1 / 255 },
    training: { loss: "sparseCategoricalCrossentropy", optimizer: "sgd", learningRate: 0.5 },
    privacy: {
      unit: "example",
      neighboring: "add-or-remove-one",
      targetEpsilon: 4,
      delta: 1e-5,
      l2ClipNorm: 1,
      expectedBatchSize: 20,
      stepsPerRound: 2,
      maxRounds: 3,
    },
    secureAggregation: {
      pinned,
      siteNoise: { ledger: `${site}-noise`, scope: "the site", delta: 1e-5, budgetEpsilon: 3 },
    },
    policy: {
      servers: [fingerprint],
      runs: "any",
      minCohort: 3,
      maxRounds: 3,
      l2ClipNorm: { min: 0.1, max: 2 },
      minNoiseMultiplier: 0.1,
      mustUseSecureAggregation: true,
      siteNoise: { minShare, maxHonestSurvivors: 2 },
      tensors: "announced",
      maxBytesPerRound: 10_000,
      epsilonBudget: 4,
      maxDelta: 1e-5,
    },
  });
}

describe("a run from files with noise from the sites", () => {
  it("hides patients by each site's plan and the site by its share, and keeps two ledgers; a site that wants more noise reads nothing", async () => {
    const { serverCert, serverKey, caCert, revoked, coordinatorKey } = authorityFiles(join(dir, "ca"));
    const configPath = write("run.json", {
      version: "federated-config/v1",
      address: "127.0.0.1:0",
      tls: { cert: serverCert, key: serverKey, clients: { ca: caCert, revoked } },
      signingKey: coordinatorKey,
      model: "model",
      rounds: 2,
      minClients: 3,
      weights: "equal",
      secureAggregation: { siteNoise: { ...noise, ledger: "ledger", scope: "sites" } },
    });
    let joined: Promise<PromiseSettledResult<JoinResult>[]> = Promise.resolve([]);
    let rehearsed: ReturnType<typeof dryRun> | undefined;
    const result = await runServe({
      configPath,
      onListening: ({ address }) => {
        rehearsed = dryRun({ sitePath: siteFile("ash", address, share * 0.999) });
        const attend = async (site: string): Promise<JoinResult> => {
          await rehearsed;
          return await runJoin({ sitePath: siteFile(site, address, share * (site === "oak" ? 1.001 : 0.999)) });
        };
        // the one that refuses comes first, or it could be in a round that then lacks it
        const refused = Promise.allSettled([attend("oak")]);
        joined = refused.then(async (oak) => [...(await Promise.allSettled(names.slice(0, 3).map(attend))), ...oak]);
      },
    });
    expect(result.guarantee).toEqual(plan.guarantee());
    expect(result.rounds.map(({ outcome }) => outcome)).toEqual(["released", "released"]);
    const sites = await joined;
    for (const [i, site] of names.slice(0, 3).entries()) {
      const settled = sites[i];
      if (settled.status === "rejected") throw settled.reason;
      // of the patients, by the site's own plan
      const { epsilon, caveats } = plan.guarantee();
      expect(settled.value.siteGuarantee?.epsilon).toEqual(epsilon);
      expect(caveats).toEqual(expect.arrayContaining([...(settled.value.siteGuarantee?.caveats ?? ["none"])]));
      expect(settled.value.privacy).toMatchObject({ unit: "example", neighboring: "add-or-remove-one" });
      const { records } = await readLedger(join(dir, `${site}-noise`));
      expect(records.map(({ type }) => type).slice(1)).toEqual([
        "policy",
        "schedule",
        "reserve",
        "commit",
        "reserve",
        "commit",
        "close",
      ]);
      expect(records.find(({ type }) => type === "policy")?.body).toMatchObject({ unit: "client", epsilonMax: 3 });
      for (const folder of [`${site}-noise`, `${site}-records`]) {
        expect((await verifyLedger(join(dir, folder))).problems).toEqual([]);
      }
    }
    expect(sites[3]).toMatchObject({
      status: "rejected",
      reason: { code: "policy_refused", details: { rule: "siteNoise" } },
    });
    const { entries } = verifyAuditTrail(readFileSync(join(dir, "oak-audit.jsonl")));
    expect(entries.at(-2)).toMatchObject({ kind: "policy-decision", rule: "siteNoise", isAllowed: false });
    const report = (await rehearsed)?.report;
    expect(report?.policy).toBe("allowed");
    expect(report?.run.siteNoise).toMatchObject({ rounds: 2, honestSurvivors: 2, share, delta: 1e-5 });
    expect(report?.run.siteNoise?.epsilonUpper).toBe(plan.guarantee().epsilon.upper);
  }, 30_000);

  it("is not joined by a site that would keep both accounts in one folder", async () => {
    const path = siteFile("elm", "127.0.0.1:9", 1);
    const file = JSON.parse(readFileSync(path, "utf8")) as { ledger: string };
    const sitePath = write("elm.json", { ...file, ledger: "elm-noise" });
    await expect(runJoin({ sitePath })).rejects.toThrow(/siteNoise.ledger/);
  });
});
