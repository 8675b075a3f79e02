import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ClientOptions,
  type FederatedClient,
  approveRequest,
  authorityFiles,
  initAuthority,
  planSiteNoise,
  readSiteIdentity,
  requestIdentity,
  startClient,
} from "../federated/index.ts";
import { verifyLedger } from "../ledger/index.ts";
import type { Output } from "./output.ts";
import { runCli } from "./program.ts";

const names = ["ash", "elm", "fir"];
const sites = new Map<string, Pick<ClientOptions, "tls" | "secureAggregation">>();
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "sordino-cli-noise-"));
  mkdirSync(join(dir, "model"));
  const weightsManifest = [{ paths: ["weights.bin"], weights: [{ name: "w", dtype: "float32", shape: [2] }] }];
  writeFileSync(join(dir, "model", "model.json"), JSON.stringify({ modelTopology: {}, weightsManifest }));
  writeFileSync(join(dir, "model", "weights.bin"), Buffer.alloc(8));
  await initAuthority({ dir: join(dir, "ca"), hosts: ["127.0.0.1"] });
  const identities = [];
  for (const site of names) {
    const asked = await requestIdentity({ dir: join(dir, site), site });
    const { folder } = await approveRequest({ dir: join(dir, "ca"), ...asked, days: 1 });
    const tls = { caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath };
    identities.push({ site, tls, key: readSiteIdentity(tls).certificate.publicKey });
  }
  for (const { site, tls } of identities) {
    const pinned = new Map(identities.map((other) => [other.site, other.key]));
    const budget = { epsilon: null, delta: 1e-5 };
    const siteNoise = { ledger: join(dir, `${site}-noise`), scope: "site", budget, floor: null };
    sites.set(site, { tls, secureAggregation: { pinned, siteNoise } });
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

const noise = { l2ClipNorm: 1, noiseMultiplier: 6, honestSurvivors: 2, delta: 1e-5 };
const { guarantee } = planSiteNoise({ ...noise, rounds: 2, elements: 2, minClients: 3 });

async function serve(ledger: string, ...flags: string[]): Promise<string[]> {
  const { serverCert, serverKey, caCert, revoked } = authorityFiles(join(dir, "ca"));
  const run = {
    version: "federated-config/v1",
    address: "127.0.0.1:0",
    tls: { cert: serverCert, key: serverKey, clients: { ca: caCert, revoked } },
    model: "model",
    rounds: 2,
    minClients: 3,
    weights: "equal",
    secureAggregation: { siteNoise: { ...noise, ledger, scope: "sites" } },
  };
  writeFileSync(join(dir, "run.json"), JSON.stringify(run));
  const [out, joined]: [string[], Promise<unknown>[]] = [[], []];
  const client: FederatedClient = { getParameters: () => [], fit: (parameters) => parameters, evaluate: () => ({}) };
  const output: Output = {
    out: (line) => void out.push(line),
    progress: (line) => {
      const address = /listening on (\S+)/.exec(line)?.[1];
      if (address === undefined) return;
      for (const [site, options] of sites) joined.push(startClient({ address, site, client, ...options }));
    },
    status: () => undefined,
    isTerminal: false,
  };
  expect(await runCli(["federated", "serve", join(dir, "run.json"), ...flags], output)).toBe(0);
  await Promise.all(joined);
  return out;
}

describe("sordino federated serve with noise from the sites", () => {
  it("says before the first round and at the end what it costs and what is assumed for it", async () => {
    const out = await serve("ledger");
    const text = out.join("\n");
    const [plan, privacy] = ["plan ", "privacy"].map((head) => out.find((line) => line.startsWith(head)) ?? "");
    for (const line of [plan, privacy]) {
      const printed = Number(/epsilon <= ([0-9.]+)/.exec(line)?.[1]);
      expect(printed).toBeGreaterThanOrEqual(guarantee().epsilon.upper);
      expect(printed).toBeLessThan(guarantee().epsilon.upper * 1.01);
      expect(line).toContain("zero-out site");
    }
    expect(out.indexOf(plan)).toBeLessThan(out.findIndex((line) => line.startsWith("round 1")));
    expect(text).toContain("the coordinator need not be honest about noise");
    expect(text).toContain("at least 2 honest survivors are assumed");
    expect(text).not.toContain("the coordinator must be honest");
    for (const folder of ["ledger", ...names.map((site) => `${site}-noise`)]) {
      expect((await verifyLedger(join(dir, folder))).problems).toEqual([]);
    }
  });

  it("says the same in JSON", async () => {
    for (const site of names) rmSync(join(dir, `${site}-noise`), { recursive: true });
    const out = await serve("ledger-json", "--json");
    const [first, last] = [out[0], out.at(-1)].map((line) => JSON.parse(line ?? "") as Record<string, object>);
    expect(first).toMatchObject({ siteNoise: { version: "site-noise-plan/v1", unit: "client", honestSurvivors: 2 } });
    for (const { privacy } of [first, last]) {
      expect(privacy).toMatchObject({
        unit: "client",
        neighboring: "zero-out",
        coordinator: "need not be honest about noise",
        honestSurvivors: 2,
        epsilon: { upper: guarantee().epsilon.upper },
      });
    }
  });
});
