import { generateKeyPairSync } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Parameters } from "../parameters.ts";
import { startClient } from "./client.ts";
import { relayTo } from "./raw-site.fixture.ts";
import { forgeModel } from "./rewritten-journal.fixture.ts";
import { firstValues, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";
import type { RunResult } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-buffered-state-"));
});
afterAll(() => rmSync(dir, { recursive: true }));
const folder = (): string => mkdtempSync(join(dir, "run-"));

const [rounds, size] = [5, 2];
const sites = ["a", "b", "c"];
const length = rounds * sites.length;

/** What a site makes of a round moves one coordinate, of which there is one for each site and round. */
function trained(site: string, [w]: Parameters, round: number): Parameters {
  const data = Float32Array.from(w?.data ?? [], Number);
  data[sites.indexOf(site) * rounds + round - 1] += 1;
  return [{ name: "w", dtype: "float32", shape: [length], data }];
}

interface Hooks {
  readonly onFit?: () => void;
  readonly onRound?: () => void;
  readonly options?: Partial<ServerOptions>;
}

async function play(stateDir: string, hooks: Hooks = {}): Promise<RunResult> {
  const server = await loopbackServer({
    stateDir,
    buffered: { size },
    rounds,
    minClients: 3,
    evaluateEvery: 2,
    deadlineMs: 20_000,
    initialModel: { parameters: vector(...new Float32Array(length)) },
    onRound: () => hooks.onRound?.(),
    ...hooks.options,
  });
  const clients = sites.map((site, i) => {
    const fit = async (parameters: Parameters, { round }: { round: number }): Promise<Parameters> => {
      hooks.onFit?.();
      await new Promise((r) => setTimeout(r, 2 + 3 * i));
      return trained(site, parameters, round);
    };
    const client = { ...scriptedClient(fit), evaluate: () => ({ loss: i }) };
    const retry = { attempts: 1, firstDelayMs: 1 };
    return startClient({ address: server.address, site, client, evaluation: "public", retry });
  });
  const ended = Promise.allSettled(clients);
  const result = await server.finished;
  await ended;
  return result;
}

/** Every release took `size` updates, each of another site or round: one that was folded twice would leave a coordinate at 0. */
function expectEachOnce({ parameters, rounds: records }: RunResult): void {
  expect(records.map((r) => [r.round, r.outcome])).toEqual([1, 2, 3, 4, 5].map((r) => [r, "released"]));
  const moved = firstValues(parameters).filter((x) => x !== 0);
  expect(moved).toHaveLength(rounds * size);
  // once: the share of one update of a release, whatever its staleness
  const shares = Array.from({ length: rounds }, (_, staleness) => Math.fround(1 / size / Math.sqrt(1 + staleness)));
  for (const x of moved) expect(Math.min(...shares.map((share) => Math.abs(share - x)))).toBeLessThan(1e-6);
}

describe("a buffered run with a state folder", () => {
  it("goes on from wherever it was cut off, folds no update twice, and tells every release", async () => {
    const state = folder();
    const snapshots: string[] = [];
    const snap = (): void => {
      const copy = folder();
      cpSync(state, copy, { recursive: true });
      rmSync(join(copy, "lock"), { force: true });
      snapshots.push(copy);
    };
    const calm = await play(state, { onFit: snap, onRound: snap });
    expectEachOnce(calm);
    expect(snapshots.length).toBeGreaterThan(rounds * size);
    for (const [i, copy] of snapshots.entries()) {
      // an entry that a crash tears is one that nobody was told of; an update's receipt comes after its entry
      const path = join(copy, "rounds.jsonl");
      const text = readFileSync(path, "utf8");
      if (/"kind":"(round-opened|update-spooled)"[^\n]*\n$/.test(text)) truncateSync(path, text.length - (i % 3) * 7);
      const after = await play(copy);
      expectEachOnce(after);
      expect(after.runId).toBe(calm.runId);
      expect(readdirSync(copy).toSorted()).toEqual([`model-${rounds}.bin`, "rounds.jsonl"]);
    }
  }, 60_000);

  it("that is finished gives its result again, and asks nobody", async () => {
    const state = folder();
    const first = await play(state);
    const options = { stateDir: state, buffered: { size }, rounds, minClients: 3 };
    const initialModel = { parameters: vector(...new Float32Array(length)) };
    const again = await loopbackServer({ ...options, initialModel });
    expect(await again.finished).toEqual(first);
    // and is no run of rounds, nor one of another buffer
    const details = { argument: "stateDir" };
    for (const buffered of [{ size: 3 }, { size, maxStaleness: 1 }]) {
      const other = loopbackServer({ ...options, initialModel, buffered });
      await expect(other).rejects.toMatchObject({ code: "invalid_argument", details });
    }
    const { buffered: _, ...plain } = options;
    await expect(loopbackServer({ ...plain, initialModel })).rejects.toMatchObject({ details });
  });
});

describe("a buffered run with a key", () => {
  it("signs no model for a site that is behind which it did not release, whatever a rewritten journal says", async () => {
    const { privateKey: signingKey } = generateKeyPairSync("ed25519");
    const state = folder();
    const options = { stateDir: state, buffered: { size: 1 }, rounds: 9, minClients: 2, signingKey };
    const server = await loopbackServer(options);
    const { address } = server;
    const retry = { attempts: 1, firstDelayMs: 1 };
    let release = (): void => undefined;
    // it trains from the first model as long as the run lasts
    const slow = scriptedClient(async (parameters) => {
      await new Promise<void>((resolve) => (release = resolve));
      return parameters;
    });
    const fast = scriptedClient(async (parameters, { round }) => {
      if (round === 3) await server.close();
      return parameters;
    });
    await Promise.allSettled(
      Object.entries({ slow, fast }).map(async ([site, client]) => {
        await startClient({ address, site, client, retry }).finally(() => release());
      }),
    );
    const honest = folder();
    cpSync(state, honest, { recursive: true });
    await (await loopbackServer({ ...options, stateDir: honest })).close();
    forgeModel(join(state, "rounds.jsonl"), (entry) => entry["kind"] === "model-given");
    const again = loopbackServer(options);
    await expect(again).rejects.toMatchObject({ code: "file_unreadable", details: { reason: "another signature" } });
  });
});

describe("a buffered run with evaluation", () => {
  it("evaluates every so many releases by the sites that are free, and waits for none that trains", async () => {
    const server = await loopbackServer({ rounds: 4, minClients: 3, buffered: { size: 2 }, evaluateEvery: 2 });
    const { address } = server;
    let isTraining = false;
    const slow = scriptedClient(async () => {
      isTraining = true;
      await new Promise((r) => setTimeout(r, 400));
      isTraining = false;
      return vector(1, 1);
    });
    const fast = (loss: number): ReturnType<typeof scriptedClient> => {
      return { ...scriptedClient(() => vector(1, 1)), evaluate: () => ({ loss }) };
    };
    const join_ = (site: string, client: ReturnType<typeof scriptedClient>): Promise<unknown> => {
      return startClient({ address, site, client, evaluation: "public" });
    };
    const clients = [join_("a", fast(2)), join_("b", fast(4)), join_("slow", slow)];
    const { rounds: records } = await server.finished;
    expect(isTraining).toBe(true);
    await Promise.all(clients);
    expect(records.map((r) => r.evaluation === null)).toEqual([true, false, true, false]);
    for (const { evaluation } of records.filter((r) => r.evaluation !== null)) {
      expect(evaluation?.outcome).toBe("evaluated");
      expect(evaluation?.sites).not.toContain("slow");
      const mean = (evaluation?.sites ?? []).reduce((sum, site) => sum + (site === "a" ? 2 : 4), 0);
      expect(evaluation?.metrics).toEqual({ loss: mean / (evaluation?.sites.length ?? 1) });
    }
  });
});

describe("a site of a buffered run whose line breaks", () => {
  it("is asked for the round that it owes: what it has trained meanwhile is used, and trained once", async () => {
    const server = await loopbackServer({ rounds: 3, minClients: 2, buffered: { size: 1 }, deadlineMs: 20_000 });
    const relay = await relayTo(server.port);
    onTestFinished(relay.close);
    const fits: number[] = [];
    const broken = scriptedClient(async (_, { round }) => {
      fits.push(round);
      if (round === 1) relay.cut();
      while (server.records().length < 1) await new Promise((r) => setTimeout(r, 2));
      return vector(7, 7);
    });
    const other = scriptedClient(async (parameters, { round }) => {
      // the last release is left to the site that was cut off
      if (round > 1) await new Promise((r) => setTimeout(r, 600));
      return parameters;
    });
    const retry = { attempts: 50, firstDelayMs: 5 };
    const clients = [
      startClient({ address: relay.address, site: "broken", client: broken, retry }),
      startClient({ address: server.address, site: "other", client: other }),
    ];
    const { rounds: records } = await server.finished;
    await Promise.all(clients);
    expect(fits[0]).toBe(1);
    expect(new Set(fits).size).toBe(fits.length);
    expect(records.flatMap((r) => r.sites).filter((s) => s.site === "broken" && s.status === "used").length).toBe(2);
  });
});
