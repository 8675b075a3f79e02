import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type RandomSource, operatingSystemRandom } from "../../core/random-source.ts";
import { readLedger, verifyLedger } from "../../ledger/index.ts";
import { type DpFedAvgOptions, planDpFedAvg } from "../dp-fed-avg.ts";
import type { Parameters } from "../parameters.ts";
import { fedAvg } from "../strategy.ts";
import { startClient } from "./client.ts";
import { scriptedClient } from "./scripted-client.fixture.ts";
import { type FederatedServer, type RunResult, startServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-site-state-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const enrolled = ["ash", "elm", "fir"];
const start: Parameters = [{ name: "w", dtype: "float64", shape: [2], data: Float64Array.of(0, 0) }];
const planned: DpFedAvgOptions = {
  rounds: 3,
  sites: 3,
  // below 1, so that sites are drawn; that one is left out has probability below 1e-11
  samplingProbability: 1 - 2 ** -40,
  l2ClipNorm: 1,
  noiseMultiplier: 2,
  delta: 1e-5,
  adaptiveClip: { quantile: 0.5, learningRate: 0.2, countNoiseStddev: 2 },
};

interface Folders {
  readonly state: string;
  readonly ledger: string;
}
const fresh = (): Folders => {
  const root = mkdtempSync(join(dir, "run-"));
  return { state: join(root, "state"), ledger: join(root, "ledger") };
};

async function serve(
  { state: stateDir, ledger }: Folders,
  options: Partial<ServerOptions> = {},
  change: Partial<DpFedAvgOptions> = {},
): Promise<FederatedServer> {
  const plan = planDpFedAvg({ ...planned, ...change });
  const server = await startServer({
    address: "127.0.0.1:0",
    strategy: fedAvg({ weights: "equal" }),
    rounds: plan.rounds,
    minClients: 3,
    initialModel: start,
    deadlineMs: 3000,
    stateDir,
    siteLevelPrivacy: { plan, enrolled, ledger, scope: "sites", budget: { epsilon: 9, delta: 1e-5 } },
    ...options,
  });
  onTestFinished(async () => await server.close());
  return server;
}

/** Plays a run to its end with three sites. */
async function play(folders: Folders, options: Partial<ServerOptions> = {}, onFit?: () => void): Promise<RunResult> {
  const server = await serve(folders, options);
  const sites = enrolled.map((site) => {
    const client = scriptedClient(([w]) => {
      onFit?.();
      return [{ ...w, data: Float64Array.from(w.data as Float64Array, (v) => v + 0.25) }];
    });
    return startClient({ address: server.address, site, client, retry: { attempts: 1, firstDelayMs: 1 } });
  });
  const ended = Promise.allSettled(sites);
  const result = await server.finished;
  await ended;
  return result;
}

/** The operating system's randomness, and a moment before each draw of sites and of noise (tickets take 6 bytes). */
const watched = (moment: () => void): RandomSource => {
  const system = operatingSystemRandom();
  return {
    kind: system.kind,
    fill: (bytes) => {
      if (bytes.length !== 6) moment();
      system.fill(bytes);
    },
  };
};

const count = async ({ ledger }: Folders, type: string): Promise<number> =>
  (await readLedger(ledger)).records.filter((r) => r.type === type).length;

describe("a coordinator with the site as unit and a state folder", () => {
  it("draws a round once and its noise once, wherever it was cut off, and pays for each round once", async () => {
    const folders = fresh();
    const snapshots: Folders[] = [];
    const snap = (): void => {
      const copy = fresh();
      cpSync(folders.state, copy.state, { recursive: true });
      cpSync(folders.ledger, copy.ledger, { recursive: true });
      rmSync(join(copy.state, "lock"), { force: true });
      rmSync(join(copy.ledger, "ledger.lock"), { force: true });
      snapshots.push(copy);
    };
    const calm = await play(folders, { random: watched(snap), onRound: snap }, snap);
    expect(calm.rounds.map(({ outcome }) => outcome)).toEqual(["released", "released", "released"]);
    expect([await count(folders, "reserve"), await count(folders, "commit")]).toEqual([3, 3]);
    expect(snapshots.length).toBeGreaterThanOrEqual(3 * 6);
    let lost = 0;
    for (const copy of snapshots) {
      const reservedBefore = await count(copy, "reserve");
      const { rounds, guarantee } = await play(copy);
      expect(rounds).toHaveLength(3);
      const kept = rounds.filter((record, i) => record.modelDigest === calm.rounds[i].modelDigest).length;
      const interrupted = rounds.filter(({ outcome }) => outcome === "interrupted").length;
      expect(interrupted).toBeLessThanOrEqual(1);
      lost += interrupted;
      // a round that was begun is as it was released, or it is over; none is drawn a second time
      for (const [i, { outcome, modelDigest }] of rounds.entries()) {
        const before = i === 0 ? null : rounds[i - 1].modelDigest;
        if (outcome === "interrupted" && before !== null) expect(modelDigest).toBe(before);
      }
      // whatever was reserved stays reserved: released rounds of either life, and at most the interrupted one
      const reserved = await count(copy, "reserve");
      expect(reserved).toBeLessThanOrEqual(3);
      expect(reserved).toBeGreaterThanOrEqual(rounds.filter(({ outcome }) => outcome === "released").length);
      expect(reservedBefore - kept).toBeLessThanOrEqual(1);
      expect(await count(copy, "schedule")).toBe(1);
      expect((await verifyLedger(copy.ledger)).problems).toEqual([]);
      expect(guarantee).toEqual(calm.guarantee);
    }
    expect(lost).toBeGreaterThan(6);
  }, 60_000);

  it("clips as the released rounds before have it: the clip norm is in the journal", async () => {
    const folders = fresh();
    await play(folders);
    const lines = readFileSync(join(folders.state, "rounds.jsonl"), "utf8").trim().split("\n");
    const norms = lines.flatMap((line) => {
      const { entry } = JSON.parse(line) as { entry: { kind: string; clipNorm?: number } };
      return entry.kind === "round-released" ? [entry.clipNorm] : [];
    });
    expect(norms).toHaveLength(3);
    for (const norm of norms) expect(norm).toBeGreaterThan(0);
    expect(new Set(norms).size).toBe(3);
  });

  it("goes on with no other noise, clip or sites, and not without the ledger that has the run's schedule", async () => {
    const folders = fresh();
    const server = await serve(folders);
    await server.close();
    // nothing was begun: the schedule waits in the ledger
    expect(await count(folders, "close")).toBe(0);
    for (const change of [{ noiseMultiplier: 1.9 }, { l2ClipNorm: 2 }, { samplingProbability: 0.5 }]) {
      await expect(serve(folders, {}, change)).rejects.toThrow(/stateDir/);
    }
    const done = await play(folders);
    expect(done.rounds).toHaveLength(3);
    expect(await count(folders, "close")).toBe(1);
    rmSync(folders.ledger, { recursive: true });
    await expect(serve(folders)).rejects.toThrow(/ledger/);
  });

  it("writes nobody's name into its state folder", async () => {
    const folders = fresh();
    await play(folders);
    const journal = readFileSync(join(folders.state, "rounds.jsonl"), "utf8");
    for (const site of enrolled) expect(journal).not.toContain(site);
  });
});
