import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BufferedUpdate, foldBuffer } from "../fold-buffer.ts";
import { outgoingTensors } from "../manifest.ts";
import { ModelFile } from "../model-file.ts";
import type { Parameters } from "../parameters.ts";
import { fedAdam, fedAvg } from "../strategy.ts";
import { startClient } from "./client.ts";
import { rawSite, updateMessages } from "./raw-site.fixture.ts";
import { answer, firstValues, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";
import type { ServerOptions } from "./server-options.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-buffer-"));
});
afterAll(() => rmSync(dir, { recursive: true }));
const write = async (name: string, ...values: number[]): Promise<ModelFile> => {
  return await ModelFile.write(join(dir, name), outgoingTensors(vector(...values)));
};

describe("a buffer of updates", () => {
  it("moves the model by the mean change, each damped by 1/sqrt(1 + staleness): a worked example", async () => {
    // x = 10; a changed 4 to 8 three releases ago: +4/2; b changed 10 to 7 now: -3; weights 1 and 3; eta 0.5
    const model = await write("now", 10);
    const a = { site: "a", weight: 1, path: (await write("a", 8)).path, base: await write("a0", 4), staleness: 3 };
    const b = { site: "b", weight: 3, path: (await write("b", 7)).path, base: model, staleness: 0 };
    const next = await foldBuffer(model, [b, a], 0.5, join(dir, "next"));
    expect(firstValues(await next.parameters())).toEqual([10 + (0.5 * (1 * 2 + 3 * -3)) / 4]);
  });

  it("without staleness and with eta 1 is federated averaging, and gives the same bytes in any order", async () => {
    const value = fc.integer({ min: -1000, max: 1000 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 6 }), async (all) => {
        const model = await write("m", 1, 2);
        const updates: BufferedUpdate[] = [];
        for (const [i, v] of all.entries()) {
          const { path } = await write(`u${i}`, ...v);
          updates.push({ site: `s${i}`, weight: 1, path, base: model, staleness: 0 });
        }
        const one = await foldBuffer(model, updates, 1, join(dir, "one"));
        const other = await foldBuffer(model, updates.toReversed(), 1, join(dir, "other"));
        expect(readFileSync(other.path)).toEqual(readFileSync(one.path));
        const mean = [0, 1].map((c) => all.reduce((sum, v) => sum + v[c], 0) / all.length);
        for (const [c, x] of firstValues(await one.parameters()).entries()) expect(x).toBeCloseTo(mean[c], 3);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe("a buffered run", () => {
  it("releases without waiting for the slowest, and takes its stale update later", async () => {
    const server = await loopbackServer({ rounds: 6, minClients: 3, buffered: { size: 2 }, deadlineMs: 10_000 });
    const { address } = server;
    const asked: number[] = [];
    const fast = (value: number): ReturnType<typeof scriptedClient> =>
      scriptedClient(async () => {
        await new Promise((r) => setTimeout(r, 10));
        return vector(value, value);
      });
    const slow = scriptedClient(async (_, { round }) => {
      asked.push(round);
      await new Promise((r) => setTimeout(r, 60));
      return vector(100, 100);
    });
    const sites = [
      startClient({ address, site: "a", client: fast(1) }),
      startClient({ address, site: "b", client: fast(1) }),
      startClient({ address, site: "slow", client: slow }),
    ];
    const { rounds, parameters } = await server.finished;
    await Promise.all(sites);
    expect(rounds.map((r) => [r.round, r.outcome])).toEqual([1, 2, 3, 4, 5, 6].map((r) => [r, "released"]));
    expect(rounds.every((r) => r.sites.filter((s) => s.status === "used").length >= 1)).toBe(true);
    // no round was asked twice of it, and it held up nobody
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked[0]).toBe(1);
    expect(rounds[0]?.sites.map((s) => s.site)).not.toContain("slow");
    expect(rounds.some((r) => r.sites.some((s) => s.site === "slow" && s.status === "used"))).toBe(true);
    expect(firstValues(parameters).every(Number.isFinite)).toBe(true);
  });

  it("refuses an update that is too stale, and tells the site the present model", async () => {
    const buffered = { size: 1, maxStaleness: 0 };
    const server = await loopbackServer({ rounds: 3, minClients: 2, buffered, deadlineMs: 10_000 });
    const raw = rawSite(server.address, "raw");
    const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(answer(4, 4)) });
    await raw.next("instruction");
    while (server.records().length < 2) await new Promise((r) => setTimeout(r, 2));
    raw.send(...updateMessages(1, 1000, 1000));
    expect(await raw.next("reject")).toMatchObject({ reason: "late" });
    expect(firstValues((await server.finished).parameters)).toEqual([4, 4]);
    await honest;
    raw.close();
  });

  it("records a refused update and goes on", async () => {
    const server = await loopbackServer({ rounds: 2, minClients: 2, buffered: { size: 1 }, deadlineMs: 10_000 });
    const bad = scriptedClient(() => vector(NaN, 1));
    const late = scriptedClient(async () => {
      await new Promise((r) => setTimeout(r, 50));
      return vector(3, 3);
    });
    const { address } = server;
    const sites = [
      startClient({ address, site: "bad", client: bad }),
      startClient({ address, site: "good", client: late }),
    ];
    const { rounds } = await server.finished;
    await Promise.all(sites);
    expect(rounds[0]?.sites).toMatchObject([
      { site: "bad", status: "rejected", reason: "non-finite" },
      { site: "good", status: "used" },
    ]);
  });

  it("in which nothing moves any more ends by name", async () => {
    const server = await loopbackServer({ rounds: 2, buffered: { size: 2 }, deadlineMs: 200 });
    const site = startClient({ address: server.address, site: "a", client: scriptedClient(answer(1, 1)) });
    await expect(server.finished).rejects.toMatchObject({ code: "deadline_exceeded", details: { phase: "buffering" } });
    await site;
  });

  it("is refused what it can not do, naming the option", async () => {
    const wrong: [Partial<ServerOptions>, string][] = [
      [{ buffered: { size: 0 } }, "buffered.size"],
      [{ buffered: { size: 1, serverLearningRate: 0 } }, "buffered.serverLearningRate"],
      [{ strategy: fedAdam({ serverLearningRate: 1 }) }, "strategy"],
    ];
    for (const [over, argument] of wrong) {
      const started = loopbackServer({ strategy: fedAvg(), buffered: { size: 1 }, ...over });
      await expect(started).rejects.toMatchObject({ code: "invalid_argument", details: { argument } });
    }
  });
});

describe("a crowd of sites", () => {
  const client = scriptedClient(answer(2, 2));

  it("of more than maxSites: the next is told that the run is full, and the run goes on", async () => {
    const server = await loopbackServer({ minClients: 3, maxSites: 2, gatherMs: 400 });
    const { address } = server;
    const first = [startClient({ address, site: "a", client }), startClient({ address, site: "b", client })];
    await new Promise((r) => setTimeout(r, 150));
    const third = startClient({ address, site: "c", client });
    await expect(third).rejects.toMatchObject({ code: "protocol_violation", details: { rule: "full" } });
    await server.finished.catch(() => undefined);
    await Promise.all(first);
  });

  it("C-P35: a cohort is drawn without replacement, each round anew, and those not drawn train nothing", async () => {
    const trained = new Map<string, number[]>();
    const noting = (site: string): ReturnType<typeof scriptedClient> =>
      scriptedClient((_, { round }): Parameters => {
        trained.set(site, [...(trained.get(site) ?? []), round]);
        return vector(1, 1);
      });
    const rounds = 12;
    const server = await loopbackServer({ rounds, minClients: 6, cohortSize: 3 });
    const names = ["a", "b", "c", "d", "e", "f"];
    const sites = names.map((site) => startClient({ address: server.address, site, client: noting(site) }));
    const { rounds: records } = await server.finished;
    await Promise.all(sites);
    for (const { sites: asked, round } of records) {
      expect(new Set(asked.map((s) => s.site)).size).toBe(3);
      const who = names.filter((site) => trained.get(site)?.includes(round));
      expect(asked.map((s) => s.site)).toEqual(who);
    }
    // the same three in all twelve rounds: 20^-11 < 1e-14
    expect(new Set(records.map((r) => r.sites.map((s) => s.site).join(""))).size).toBeGreaterThan(1);
  });

  it("over-selected: the round closes with the quorum, and who is late takes part in the next", async () => {
    const server = await loopbackServer({ rounds: 2, minClients: 3, cohortSize: 3, quorum: 2, graceMs: 1 });
    let calls = 0;
    const slow = scriptedClient(async () => {
      calls += 1;
      if (calls === 1) await new Promise((r) => setTimeout(r, 100));
      return vector(2, 2);
    });
    const { address } = server;
    const sites = ["a", "b"].map((site) => startClient({ address, site, client }));
    sites.push(startClient({ address, site: "slow", client: slow }));
    const { rounds } = await server.finished;
    await Promise.all(sites);
    expect(rounds[0]?.sites[2]).toMatchObject({ site: "slow", status: "failed", reason: "straggler" });
    expect(rounds[1]?.outcome).toBe("released");
  });

  it("smaller than its strategy needs is refused before anybody is asked", async () => {
    const started = loopbackServer({ cohortSize: 2, quorum: 3 });
    await expect(started).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "cohortSize" } });
  });
});
