import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { verifyLedger, readLedger } from "../../ledger/index.ts";
import { type DpFedAvgOptions, planDpFedAvg } from "../dp-fed-avg.ts";
import type { Parameters } from "../parameters.ts";
import { coordinateMedian, fedAvg } from "../strategy.ts";
import { startClient } from "./client.ts";
import { firstValues, scriptedClient } from "./scripted-client.fixture.ts";
import { type FederatedServer, startServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-site-level-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const enrolled = ["ash", "elm", "fir", "oak"];
const start: Parameters = [{ name: "w", dtype: "float64", shape: [2], data: Float64Array.of(0, 0) }];
/** Noise that is hardly there, so that sums can be read; what it costs is no matter here. */
const quiet: DpFedAvgOptions = {
  rounds: 2,
  sites: 4,
  samplingProbability: 1,
  l2ClipNorm: 1,
  noiseMultiplier: 1e-9,
  delta: 1e-5,
};

async function serve(
  change: Partial<DpFedAvgOptions> = {},
  options: Partial<ServerOptions> = {},
): Promise<{ server: FederatedServer; ledger: string }> {
  const plan = planDpFedAvg({ ...quiet, ...change });
  const ledger = mkdtempSync(join(dir, "ledger-"));
  const server = await startServer({
    address: "127.0.0.1:0",
    strategy: fedAvg({ weights: "equal" }),
    rounds: plan.rounds,
    minClients: 3,
    initialModel: start,
    deadlineMs: 3000,
    reconnectMs: 0,
    siteLevelPrivacy: { plan, enrolled, ledger, scope: "sites", budget: { epsilon: null, delta: 1e-5 } },
    ...options,
  });
  onTestFinished(async () => await server.close());
  return { server, ledger };
}

const step = (...by: number[]): ReturnType<typeof scriptedClient> =>
  scriptedClient(([w]) => [{ ...w, data: Float64Array.from(w.data as Float64Array, (v, i) => v + by[i]) }]);

const join2 = async (
  { port }: FederatedServer,
  site: string,
  client: ReturnType<typeof scriptedClient>,
): Promise<unknown> =>
  await startClient({ address: `127.0.0.1:${port}`, site, client, retry: { attempts: 2, firstDelayMs: 1 } });

describe("a run with the site as unit", () => {
  it("releases the sum of clipped changes over the planned cohort, reserves each round, and prices the schedule", async () => {
    const { server, ledger } = await serve({ noiseMultiplier: 1e-9 });
    // elm's change has norm 5 and is clipped to 1; oak is not there and counts as no change
    const clients = [step(0.3, 0), step(3, 4), step(0, 0.2)];
    await Promise.all(enrolled.slice(0, 3).map((site, i) => join2(server, site, clients[i])));
    const { parameters, guarantee, rounds } = await server.finished;
    const [x, y] = firstValues(parameters);
    expect(x).toBeCloseTo((2 * (0.3 + 0.6)) / 4, 6);
    expect(y).toBeCloseTo((2 * (0.8 + 0.2)) / 4, 6);
    expect(guarantee?.neighboring).toBe("zero-out");
    expect(rounds.map(({ outcome }) => outcome)).toEqual(["released", "released"]);
    const { records } = await readLedger(ledger);
    const types = records.map(({ type }) => type).filter((type) => type !== "genesis");
    expect(types).toEqual(["policy", "schedule", "reserve", "commit", "reserve", "commit", "close"]);
    expect((await verifyLedger(ledger)).problems).toEqual([]);
  });

  it("releases noise alone when every site fails or sends NaN, and spends the round all the same", async () => {
    const { server, ledger } = await serve({ noiseMultiplier: 2, rounds: 1 });
    const failing = scriptedClient(() => {
      throw new Error("no disk");
    });
    await Promise.all([
      join2(server, "ash", failing),
      join2(server, "elm", step(NaN, 0)),
      join2(server, "fir", failing),
    ]);
    const { parameters, rounds, guarantee } = await server.finished;
    expect(rounds[0].outcome).toBe("released");
    // standard deviation 0.5: exactly 0 has probability 0
    expect(firstValues(parameters)).not.toContain(0);
    expect(guarantee?.epsilon.upper).toBe(
      planDpFedAvg({ ...quiet, noiseMultiplier: 2, rounds: 1 }).guarantee().epsilon.upper,
    );
    expect((await readLedger(ledger)).records.filter(({ type }) => type === "commit")).toHaveLength(1);
  });

  it("asks only the sites that were drawn, and plays a round for which nobody was", async () => {
    const { server } = await serve({ samplingProbability: 1e-9, rounds: 3 });
    const asked: string[] = [];
    const watching = (site: string): ReturnType<typeof scriptedClient> =>
      scriptedClient((p) => {
        asked.push(site);
        return p;
      });
    await Promise.all(enrolled.slice(0, 3).map((site) => join2(server, site, watching(site))));
    expect((await server.finished).rounds).toHaveLength(3);
    // drawn with probability 9e-9
    expect(asked).toEqual([]);
  });

  it("starts no run that the ledger has no room for", async () => {
    const plan = planDpFedAvg({ ...quiet, noiseMultiplier: 1 });
    const ledger = mkdtempSync(join(dir, "ledger-"));
    const siteLevelPrivacy = { plan, enrolled, ledger, scope: "sites", budget: { epsilon: 0.5, delta: 1e-5 } };
    await expect(serve({}, { siteLevelPrivacy })).rejects.toThrow(expect.objectContaining({ code: "budget_exceeded" }));
  });

  it("gives the ledger back when it can not listen", async () => {
    const { server } = await serve();
    const plan = planDpFedAvg(quiet);
    const ledger = mkdtempSync(join(dir, "ledger-"));
    const siteLevelPrivacy = { plan, enrolled, ledger, scope: "sites", budget: { epsilon: null, delta: 1e-5 } };
    const taken = { address: `127.0.0.1:${server.port}`, siteLevelPrivacy };
    await expect(serve({}, taken)).rejects.toThrow(expect.objectContaining({ code: "address_in_use" }));
    const { server: second } = await serve({}, { siteLevelPrivacy });
    expect(second.port).toBeGreaterThan(0);
  });

  it("refuses what would break its price: other weights or strategies, masks, a buffer, a cohort size, other sites, names that are claims", async () => {
    const plan = planDpFedAvg(quiet);
    const given = { plan, enrolled, ledger: dir, scope: "sites", budget: { epsilon: null, delta: 1e-5 } };
    const bad: Partial<ServerOptions>[] = [
      { strategy: fedAvg() },
      { strategy: fedAvg({ weights: { a: 2 } }) },
      { strategy: coordinateMedian({ weights: "equal" }) },
      { cohortSize: 2 },
      { buffered: { size: 3 } },
      { rounds: 3 },
      // played for three rounds and priced for two
      { rounds: 3, siteLevelPrivacy: { ...given, plan: { ...plan, rounds: 3 } } },
      { siteLevelPrivacy: { ...given, enrolled: ["ash", "ash", "elm", "fir"] } },
      { siteLevelPrivacy: { ...given, enrolled: ["ash"] } },
      // whoever comes under two names would count twice
      { address: "0.0.0.0:0", plaintext: true },
    ];
    for (const change of bad) await expect(serve({}, change)).rejects.toThrow(/siteLevelPrivacy|rounds/);
  });
});
