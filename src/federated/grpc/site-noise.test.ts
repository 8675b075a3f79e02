import { type KeyObject } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readLedger, verifyLedger } from "../../ledger/index.ts";
import type { ClientSummary, FederatedClient } from "../client.ts";
import {
  type IdentityPaths,
  approveRequest,
  authorityFiles,
  initAuthority,
  readCertificate,
  requestIdentity,
} from "../identity/index.ts";
import type { Parameters } from "../parameters.ts";
import { type SiteNoisePlanOptions, planSiteNoise } from "../site-noise.ts";
import { fedAvg } from "../strategy.ts";
import { type SiteNoiseAccount, startClient } from "./client.ts";
import { type FederatedServer, startServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

const names = ["ash", "elm", "fir", "oak"];
let dir: string;
const identities = new Map<string, IdentityPaths>();
const keys = new Map<string, KeyObject>();
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "sordino-site-noise-"));
  await initAuthority({ dir: join(dir, "ca"), hosts: ["127.0.0.1"] });
  for (const site of names) {
    const asked = await requestIdentity({ dir: mkdtempSync(join(dir, `${site}-`)), site });
    const { folder } = await approveRequest({ dir: join(dir, "ca"), ...asked, days: 1 });
    const paths = { caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath };
    identities.set(site, paths);
    keys.set(site, readCertificate(paths.certPath).publicKey);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Noise that is hardly there, so that sums can be read; what it costs is no matter here. */
const quiet: SiteNoisePlanOptions = {
  rounds: 2,
  elements: 2,
  minClients: 4,
  l2ClipNorm: 1,
  noiseMultiplier: 1e-5,
  honestSurvivors: 2,
  delta: 1e-5,
};
const modelOf = (elements: number): Parameters => [
  { name: "w", dtype: "float32", shape: [elements], data: new Float32Array(elements) },
];
const moving = (...by: number[]): FederatedClient => ({
  getParameters: () => modelOf(by.length),
  fit: ([w]) => [{ ...w, data: Float32Array.from(w.data as Float32Array, (v, i) => v + (by[i] ?? 0)) }],
  evaluate: () => ({}),
});

async function serve(
  change: Partial<SiteNoisePlanOptions> = {},
  options: Partial<ServerOptions> = {},
): Promise<{ server: FederatedServer; ledger: string }> {
  const plan = planSiteNoise({ ...quiet, ...change });
  const ledger = mkdtempSync(join(dir, "ledger-"));
  const { serverCert, serverKey, caCert, revoked } = authorityFiles(join(dir, "ca"));
  const siteNoise = { plan, ledger, scope: "sites", budget: { epsilon: null, delta: 1e-5 } };
  const server = await startServer({
    address: "127.0.0.1:0",
    tls: { certPath: serverCert, keyPath: serverKey, clients: { caPath: caCert, revokedPath: revoked } },
    strategy: fedAvg({ weights: "equal" }),
    rounds: plan.rounds,
    minClients: plan.minClients,
    initialModel: modelOf(plan.elements),
    secureAggregation: { siteNoise, stepMs: 2000 },
    ...options,
  });
  onTestFinished(async () => await server.close());
  return { server, ledger };
}

/** @param account - null: a site that has no account of its noise. */
async function attend(
  { port }: FederatedServer,
  site: string,
  client: FederatedClient,
  account: Partial<SiteNoiseAccount> | null = {},
): Promise<ClientSummary> {
  const tls = identities.get(site);
  if (tls === undefined) throw new Error("no such site");
  const pinned = new Map([...keys].filter(([name]) => name !== site));
  const own = { ledger: mkdtempSync(join(dir, `${site}-noise-`)), scope: "site", floor: null };
  const siteNoise = { ...own, budget: { epsilon: null, delta: 1e-5 }, ...account };
  const secureAggregation = account === null ? { pinned } : { pinned, siteNoise };
  const retry = { attempts: 2, firstDelayMs: 1 };
  return await startClient({ address: `127.0.0.1:${port}`, site, client, tls, retry, secureAggregation });
}

const typesIn = async (ledger: string): Promise<string[]> =>
  (await readLedger(ledger)).records.map(({ type }) => type).filter((type) => type !== "genesis");
const wholeRun = ["policy", "schedule", "reserve", "commit", "reserve", "commit", "close"];

describe("secure rounds with noise from the sites", () => {
  it("release the mean of the clipped changes, and every site and the coordinator pay for each sum once", async () => {
    const { server, ledger } = await serve();
    const folders = names.map((site) => mkdtempSync(join(dir, `${site}-own-`)));
    // elm's change has norm 5 and is clipped to 1
    const clients = [moving(0.3, 0), moving(3, 4), moving(0, 0.2), moving(0, 0)];
    await Promise.all(names.map((site, i) => attend(server, site, clients[i], { ledger: folders[i] })));
    const { parameters, rounds, guarantee, siteNoise } = await server.finished;
    // noise of deviation 1e-5 · √(4/2) / 4 a round: 1e-3 is beyond 200 deviations
    expect(Number(parameters[0].data[0])).toBeCloseTo((2 * (0.3 + 0.6)) / 4, 3);
    expect(Number(parameters[0].data[1])).toBeCloseTo((2 * (0.8 + 0.2)) / 4, 3);
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["released", "released"]);
    expect(guarantee).toEqual(planSiteNoise(quiet).guarantee());
    expect(siteNoise?.assumptions.join("\n")).toContain("at least 2 honest survivors are assumed");
    for (const folder of [ledger, ...folders]) {
      expect(await typesIn(folder)).toEqual(wholeRun);
      expect((await verifyLedger(folder)).problems).toEqual([]);
    }
    const [own] = (await readLedger(folders[0])).records.filter(({ type }) => type === "schedule");
    expect(own.body).toMatchObject({ event: planSiteNoise(quiet).roundEvent, steps: 2 });
  });

  it("add at least the noise that is priced, and no site's change shows: of four sites, and of three when one fails", async () => {
    const elements = 1000;
    const change = { rounds: 1, elements, noiseMultiplier: 2 };
    const still = moving(...new Float64Array(elements));
    const failing: FederatedClient = {
      ...still,
      fit: () => {
        throw new Error("no disk");
      },
    };
    for (const [sites, last] of [
      [4, still],
      [3, failing],
    ] as const) {
      const { server } = await serve(change);
      await Promise.all(names.map((site) => attend(server, site, site === "oak" ? last : still)));
      const { parameters } = await server.finished;
      const stddev = (2 * Math.sqrt(sites / 2)) / sites;
      const square = (parameters[0].data as Float32Array).reduce((sum, v) => sum + (v / stddev) ** 2, 0);
      // chi-square with 1000 degrees of freedom: [736, 1309] is left with probability below 1e-9 on either side
      expect(square).toBeGreaterThan(736);
      expect(square).toBeLessThan(1309);
    }
  });

  it("count a change that is not finite as none, so that nobody learns that it was not", async () => {
    const { server } = await serve({ rounds: 1 });
    const clients = [moving(0.4, 0), moving(NaN, 0), moving(0, Infinity), moving(0.4, 0)];
    await Promise.all(names.map((site, i) => attend(server, site, clients[i])));
    const { parameters, rounds } = await server.finished;
    expect(Number(parameters[0].data[0])).toBeCloseTo(0.2, 3);
    expect(rounds[0].sites.map(({ status }) => status)).toEqual(Array(4).fill("used"));
  });

  it("are refused by a site whose own noise would be below its floor, that would rely on too many, or has no room: it trains and pays nothing", async () => {
    const refusals: (Partial<SiteNoiseAccount> | null)[] = [
      { floor: { minShare: 1e-5, maxHonestSurvivors: 9 } },
      { floor: { minShare: 1e-6, maxHonestSurvivors: 1 } },
      { budget: { epsilon: 1, delta: 1e-5 } },
      null,
    ];
    for (const account of refusals) {
      const { server } = await serve({ rounds: 1 });
      const ledger = mkdtempSync(join(dir, "refusing-"));
      let isAsked = false;
      const watching: FederatedClient = { ...moving(0, 0), fit: (p) => ((isAsked = true), p) };
      const [ash] = await Promise.all([
        attend(server, "ash", watching, account && { ledger, ...account }),
        ...names.slice(1).map((site) => attend(server, site, moving(0, 0))),
      ]);
      expect(isAsked).toBe(false);
      expect(ash.rounds[0]).toMatchObject({ outcome: "declined", reason: "policy" });
      expect(await typesIn(ledger).catch(() => [])).not.toContain("schedule");
      // the other three are enough
      expect((await server.finished).rounds[0].outcome).toBe("released");
    }
  });

  it("are demanded by a site that has an account for them: masks alone are not enough", async () => {
    const { server } = await serve({ rounds: 1 }, { secureAggregation: { range: 1, stepMs: 500 } });
    const [ash] = await Promise.all([
      attend(server, "ash", moving(0, 0)),
      ...names.slice(1).map((site) => attend(server, site, moving(0, 0), null)),
    ]);
    expect(ash.rounds[0]).toMatchObject({ outcome: "declined", reason: "policy" });
    expect((await server.finished).rounds[0].outcome).toBe("released");
  });

  it("are lost in a crash at most once each, and charged once each: the run goes on with its account", async () => {
    const folders = { state: join(dir, "state"), ledger: mkdtempSync(join(dir, "ledger-")) };
    const snapshots: (typeof folders)[] = [];
    const snap = (): void => {
      const copy = { state: mkdtempSync(join(dir, "state-")), ledger: mkdtempSync(join(dir, "ledger-")) };
      cpSync(folders.state, copy.state, { recursive: true });
      cpSync(folders.ledger, copy.ledger, { recursive: true });
      rmSync(join(copy.state, "lock"), { force: true });
      rmSync(join(copy.ledger, "ledger.lock"), { force: true });
      snapshots.push(copy);
    };
    const plan = planSiteNoise(quiet);
    const play = async (
      { state: stateDir, ledger }: typeof folders,
      moment: () => void,
    ): Promise<readonly string[]> => {
      const siteNoise = { plan, ledger, scope: "sites", budget: { epsilon: null, delta: 1e-5 } };
      const secureAggregation = { siteNoise, stepMs: 2000 };
      const { server } = await serve({}, { stateDir, secureAggregation, onRound: moment });
      const client: FederatedClient = { ...moving(0, 0), fit: (p) => (moment(), p) };
      // who comes when the run is over is refused: that is no matter here
      const ended = Promise.allSettled(names.map((site) => attend(server, site, client)));
      const result = await server.finished;
      await ended;
      return result.rounds.map(({ outcome }) => outcome);
    };
    expect(await play(folders, snap)).toEqual(["released", "released"]);
    // four sites train and one round is told, twice
    expect(snapshots).toHaveLength(10);
    const lost: number[] = [];
    // while the first trains, once it is told, while the second trains, and at the end
    for (const copy of [1, 4, 6, 9].map((i) => snapshots[i])) {
      const outcomes = await play(copy, () => undefined);
      lost.push(outcomes.filter((outcome) => outcome === "interrupted").length);
      const types = await typesIn(copy.ledger);
      const count = (type: string): number => types.filter((each) => each === type).length;
      expect([count("schedule"), count("close")]).toEqual([1, 1]);
      expect(count("reserve")).toBe(outcomes.filter((outcome) => outcome === "released").length);
      expect((await verifyLedger(copy.ledger)).problems).toEqual([]);
    }
    expect(Math.max(...lost)).toBe(1);
    expect(lost).toContain(0);
  }, 30_000);

  it("are refused with a plan of other rounds, sites or elements, weights, both kinds of masks, or none", async () => {
    const plan = planSiteNoise(quiet);
    const siteNoise = { plan, ledger: dir, scope: "sites", budget: { epsilon: null, delta: 1e-5 } };
    const bad: Partial<ServerOptions>[] = [
      { rounds: 3 },
      { minClients: 3 },
      { initialModel: modelOf(3) },
      { strategy: fedAvg() },
      { strategy: fedAvg({ weights: { ash: 2 } }) },
      { secureAggregation: { siteNoise, range: 1 } },
      { secureAggregation: {} },
      // played with next to no noise and priced with the plan's
      { secureAggregation: { siteNoise: { ...siteNoise, plan: { ...plan, noiseMultiplier: 0.1 } } } },
    ];
    for (const change of bad) await expect(serve({}, change)).rejects.toThrow(/siteNoise|weights/);
  });
});
