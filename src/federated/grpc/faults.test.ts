import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startClient } from "./client.ts";
import { rawSite, relayTo } from "./raw-site.fixture.ts";
import { answer, firstValues, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";
import { startServer } from "./server.ts";
import { fedAvg } from "../strategy.ts";
import type { Parameters } from "../parameters.ts";

const sleep = async (ms: number): Promise<void> => await new Promise((r) => setTimeout(r, ms));
const once = { attempts: 1, firstDelayMs: 1 };

describe("when things break", () => {
  it("a site that dies in the middle of its upload has failed, nothing of it is averaged, and the round closes", async () => {
    const big = (value: number): Parameters => [
      { name: "w", dtype: "float32", shape: [8 << 20], data: new Float32Array(8 << 20).fill(value) },
    ];
    const server = await loopbackServer({ minClients: 2, initialModel: { parameters: big(0) } });
    const relay = await relayTo(server.port);
    const dying = startClient({
      address: relay.address,
      site: "dying",
      client: scriptedClient(() => big(9)),
      retry: once,
    });
    const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(() => big(2)) });
    // 32 MiB are on their way; the line is cut after a quarter
    while (relay.uploaded() < 8 << 20) await sleep(1);
    relay.close();
    await expect(dying).rejects.toMatchObject({ code: "unreachable" });
    const { parameters, rounds } = await server.finished;
    await honest;
    expect(rounds[0]?.sites).toMatchObject([
      { site: "dying", status: "failed", reason: "disconnected" },
      { site: "honest", status: "used" },
    ]);
    expect(firstValues(parameters).every((x) => x === 2)).toBe(true);
  });

  it("a site whose line breaks comes back under its name and takes part in the next round", async () => {
    const server = await loopbackServer({ minClients: 2, rounds: 2 });
    const relay = await relayTo(server.port);
    const cutOnce = scriptedClient((_, { round }) => {
      if (round === 1) relay.cut();
      return vector(4, 4);
    });
    const back = startClient({ address: relay.address, site: "back", client: cutOnce });
    const steady = startClient({ address: server.address, site: "steady", client: scriptedClient(answer(2, 2)) });
    const { rounds, parameters } = await server.finished;
    expect(rounds[0]?.sites).toMatchObject([{ site: "back", status: "failed" }, { status: "used" }]);
    expect(rounds[1]?.sites).toMatchObject([{ site: "back", status: "used" }, { status: "used" }]);
    expect(firstValues(parameters)).toEqual([3, 3]);
    expect((await back).rounds.map((r) => r.outcome)).toEqual(["lost", "accepted"]);
    await steady;
    relay.close();
  });

  it("a spool that vanishes or can not be made ends the run by name, and nothing is left behind", async () => {
    const parent = mkdtempSync(join(tmpdir(), "sordino-faults-"));
    const spoolDir = join(parent, "spool");
    // too large to be held in memory
    const large = [{ name: "w", dtype: "uint8" as const, shape: [17 << 20], data: new Uint8Array(17 << 20) }];
    const server = await loopbackServer({ spoolDir, initialModel: { parameters: large } });
    const vanish = scriptedClient(() => {
      rmSync(spoolDir, { recursive: true });
      return large;
    });
    const site = startClient({ address: server.address, site: "a", client: vanish, retry: once });
    const left = site.catch(() => undefined);
    await expect(server.finished).rejects.toMatchObject({ code: "file_unreadable" });
    await left;
    writeFileSync(join(parent, "file"), "");
    const refused = loopbackServer({ spoolDir: join(parent, "file") });
    await expect(refused).rejects.toMatchObject({ code: "file_unreadable", details: { reason: "ENOTDIR" } });
    expect(readdirSync(parent)).toEqual(["file"]);
    rmSync(parent, { recursive: true });
  });

  it("a site without progress is given up after the deadline, and the round closes without it", async () => {
    const server = await loopbackServer({ minClients: 2, deadlineMs: 150 });
    const silent = rawSite(server.address, "silent");
    const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
    const { rounds } = await server.finished;
    expect(rounds[0]?.sites[1]).toMatchObject({ site: "silent", status: "failed", reason: "deadline" });
    await honest;
    silent.close();
  });

  it("a late reply is discarded without harm, and the site takes part again", async () => {
    const server = await loopbackServer({
      minClients: 1,
      rounds: 40,
      deadlineMs: 100,
      onRound: async () => await sleep(10),
    });
    let calls = 0;
    const slow = scriptedClient(async () => {
      calls += 1;
      if (calls === 1) await sleep(250);
      return vector(8, 8);
    });
    const { address } = server;
    const late = startClient({ address, site: "late", client: slow });
    const honest = startClient({ address, site: "honest", client: scriptedClient(answer(2, 2)) });
    const { rounds } = await server.finished;
    const outcomes = (await late).rounds;
    expect(outcomes[0]).toMatchObject({ outcome: "rejected", reason: "late" });
    expect(outcomes.filter((r) => r.outcome === "accepted").length).toBeGreaterThan(0);
    const ofLate = rounds.flatMap((r) => r.sites.filter((s) => s.site === "late"));
    expect(ofLate[0]).toMatchObject({ status: "failed", reason: "deadline" });
    expect(ofLate.at(-1)).toMatchObject({ status: "used" });
    await honest;
  });

  it("too few sites: the run ends with deadline_exceeded, naming the phase", async () => {
    const server = await loopbackServer({ minClients: 2, gatherMs: 100 });
    const lonely = startClient({ address: server.address, site: "a", client: scriptedClient(answer(1, 1)) });
    await expect(server.finished).rejects.toMatchObject({ code: "deadline_exceeded", details: { phase: "gathering" } });
    expect((await lonely).rounds).toEqual([]);
  });

  it("no server: unreachable after bounded retries, within seconds", async () => {
    const server = await loopbackServer();
    await server.close();
    const retry = { attempts: 3, firstDelayMs: 20 };
    const started = performance.now();
    const client = startClient({ address: server.address, site: "a", client: scriptedClient(answer(1)), retry });
    await expect(client).rejects.toMatchObject({ code: "unreachable", details: { address: server.address } });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("a port that is taken: address_in_use, naming the address", async () => {
    const server = await loopbackServer();
    const { address } = server;
    const second = startServer({ address, strategy: fedAvg(), rounds: 1, minClients: 1 });
    await expect(second).rejects.toMatchObject({ code: "address_in_use", details: { address } });
    await server.close();
  });

  it("the coordinator's caller aborts: sites are told to stop, both ends close", async () => {
    const controller = new AbortController();
    const server = await loopbackServer({ rounds: 1000, signal: controller.signal, onRound: () => controller.abort() });
    const site = startClient({ address: server.address, site: "a", client: scriptedClient(answer(1, 1)) });
    await expect(server.finished).rejects.toMatchObject({ code: "aborted" });
    expect(server.records()).toHaveLength(1);
    expect((await site).rounds[0]?.outcome).toBe("accepted");
  });

  it("a site's caller aborts: the site is gone at once and the coordinator counts it", async () => {
    const controller = new AbortController();
    const server = await loopbackServer({ minClients: 2 });
    const { address } = server;
    const client = scriptedClient(async () => {
      controller.abort();
      await sleep(20);
      return vector(9, 9);
    });
    const leaving = startClient({ address, site: "leaving", client, signal: controller.signal });
    const honest = startClient({ address, site: "honest", client: scriptedClient(answer(5, 6)) });
    await expect(leaving).rejects.toMatchObject({ code: "aborted" });
    const { rounds } = await server.finished;
    expect(rounds[0]?.sites[1]).toMatchObject({ site: "leaving", status: "failed", reason: "disconnected" });
    await honest;
  });

  it("onRound throws: the run ends with that error and everything is closed", async () => {
    const server = await loopbackServer({
      onRound: () => {
        throw new Error("disk full");
      },
    });
    const site = startClient({ address: server.address, site: "a", client: scriptedClient(answer(1, 1)) });
    await expect(server.finished).rejects.toThrow("disk full");
    await site;
  });

  it("prepare throws: the site ends with that error before anything is trained", async () => {
    const server = await loopbackServer();
    const prepare = (): never => {
      throw new Error("budget too small");
    };
    const client = { ...scriptedClient(answer(1, 1)), prepare };
    await expect(startClient({ address: server.address, site: "a", client })).rejects.toThrow("budget too small");
    await server.close();
  });
});

describe("options", () => {
  it("refuse clear text beyond loopback unless it is asked for", async () => {
    const server = startServer({ address: "0.0.0.0:0", strategy: fedAvg(), rounds: 1, minClients: 1 });
    await expect(server).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "tls" } });
    const client = startClient({ address: "192.0.2.1:1", site: "a", client: scriptedClient(answer(1)) });
    await expect(client).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "tls" } });
  });

  it("are refused by name", async () => {
    const base = { address: "127.0.0.1:0", strategy: fedAvg(), rounds: 1, minClients: 1 };
    const wrong: [object, string][] = [
      [{ rounds: 0 }, "rounds"],
      [{ rounds: 2 ** 32 }, "rounds"],
      [{ evaluateEvery: 0.5 }, "evaluateEvery"],
      [{ maxModelBytes: NaN }, "maxModelBytes"],
      [{ minClients: 1.5 }, "minClients"],
      [{ quorum: 0 }, "quorum"],
      [{ deadlineMs: -1 }, "deadlineMs"],
      [{ strategy: {} }, "strategy"],
      [{ config: { x: NaN } }, "config"],
      [{ initialModel: { parameters: [] } }, "initialModel.parameters"],
      [{ address: "127.0.0.1:99999" }, "address"],
    ];
    for (const [over, argument] of wrong) {
      await expect(startServer({ ...base, ...over })).rejects.toMatchObject({
        code: "invalid_argument",
        details: { argument },
      });
    }
    const client = scriptedClient(answer(1));
    const sites: [object, string][] = [
      [{ site: "" }, "site"],
      [{ weight: -1 }, "weight"],
      [{ client: {} }, "client.getParameters"],
    ];
    for (const [over, argument] of sites) {
      const started = startClient({ address: "127.0.0.1:1", site: "a", client, ...over });
      await expect(started).rejects.toMatchObject({ code: "invalid_argument", details: { argument } });
    }
    expect(() => fedAvg({ weights: { a: -1 } })).toThrow("fed-avg.weights.a");
  });
});
