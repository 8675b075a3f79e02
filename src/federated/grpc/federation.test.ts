import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type Settings, connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ClientRound, FitResult } from "../client.ts";
import { fedAvg } from "../strategy.ts";
import type { Parameters } from "../parameters.ts";
import { startClient } from "./client.ts";
import { answer, firstValues, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";

describe("a run over loopback", () => {
  it("averages what the sites send, round after round, and ends on both sides", async () => {
    const server = await loopbackServer({ rounds: 3, minClients: 2 });
    const { address } = server;
    const add = (by: number) => scriptedClient((p) => ({ parameters: vector(...firstValues(p).map((x) => x + by)) }));
    const a = startClient({ address, site: "a", client: add(1) });
    const b = startClient({ address, site: "b", client: add(3), weight: 3 });
    const result = await server.finished;
    // each round adds (1·1 + 3·3) / 4
    expect(firstValues(result.parameters)).toEqual([7.5, 7.5]);
    expect(result.rounds.map((r) => r.outcome)).toEqual(["released", "released", "released"]);
    expect((await a).rounds.map((r) => r.outcome)).toEqual(["accepted", "accepted", "accepted"]);
    expect((await b).runId).toBe(server.runId);
  });

  it("opens its receive windows to 16 MiB, per stream and per connection, as a peer sees it", async () => {
    const server = await loopbackServer();
    expect(server.hasWideWindows).toBe(true);
    const session = connect(`http://${server.address}`);
    const settings = await new Promise<Settings>((resolve) => session.once("remoteSettings", resolve));
    expect(settings.initialWindowSize).toBe(16 << 20);
    // the connection's window comes in a frame of its own
    while ((session.state.remoteWindowSize ?? 0) < 16 << 20) await new Promise((r) => setTimeout(r, 5));
    session.destroy();
    await server.close();
  });

  it("carries a site's epsilon, and of everything else that fit returns nothing", async () => {
    const server = await loopbackServer();
    const privacy = {
      epsilon: { lower: 1.25, upper: 1.5, point: 1.3 },
      delta: 1e-5,
      neighboring: "add-or-remove-one",
      unit: "example",
    } as const;
    const extra = { numExamples: 4711, loss: 0.25, metrics: { accuracy: 0.5 } };
    const fit = () => ({ parameters: vector(1, 2), stepsTaken: 7, privacy, ...extra });
    await startClient({ address: server.address, site: "a", client: scriptedClient(fit) });
    const { rounds } = await server.finished;
    expect(rounds[0]?.sites[0]).toEqual({
      site: "a",
      weight: 1,
      status: "used",
      reason: null,
      stepsTaken: 7,
      // the bounds travel, the uncertified estimate does not
      privacy: { ...privacy, epsilon: { lower: 1.25, upper: 1.5, point: 1.5 } },
    });
    expect(JSON.stringify(rounds)).not.toContain("4711");
  });

  it("asks the first site for parameters when it has no model", async () => {
    const server = await loopbackServer({ initialModel: undefined } as object);
    const seen: Parameters[] = [];
    const client = scriptedClient((p) => (seen.push(p), p));
    await startClient({ address: server.address, site: "a", client });
    expect(seen[0]?.[0]).toMatchObject({ name: "0", dtype: "float32", shape: [2] });
    expect(firstValues((await server.finished).parameters)).toEqual([0, 0]);
  });

  it("gives the same bytes in whatever order the sites answer", async () => {
    // weights and values whose products and sums are rounded: another order would give another last bit
    const sites = Array.from({ length: 6 }, (_, i) => ({
      site: `s${i}`,
      weight: 0.1 + i / 7,
      value: Math.sin(i) * 10 ** i,
    }));
    const folded = (order: typeof sites): number => order.reduce((sum, s) => sum + s.weight * s.value, 0);
    expect(folded(sites)).not.toBe(folded(sites.toReversed()));
    const wide = (value: number): Parameters => [
      { name: "w", dtype: "float64", shape: [1], data: Float64Array.of(value) },
    ];
    const digestOf = async (delays: readonly number[]): Promise<string> => {
      const server = await loopbackServer({ minClients: sites.length, initialModel: wide(0) });
      const { address } = server;
      const join = sites.map(({ site, weight, value }, i) => {
        const client = scriptedClient(async () => {
          await new Promise((r) => setTimeout(r, delays[i]));
          return wide(value);
        });
        return startClient({ address, site, weight, client });
      });
      await Promise.all(join);
      return (await server.finished).modelDigest;
    };
    const digests = [await digestOf([0, 15, 30, 45, 60, 75]), await digestOf([75, 60, 45, 30, 15, 0])];
    expect(digests[1]).toBe(digests[0]);
  });

  it("hands onRound the record and the model of the round, and removes what it spooled", async () => {
    const spoolDir = await mkdtemp(join(tmpdir(), "sordino-test-"));
    const seen: number[][] = [];
    const server = await loopbackServer({
      rounds: 2,
      spoolDir,
      onRound: async (_, model) => void seen.push(firstValues(await model.parameters())),
    });
    await startClient({
      address: server.address,
      site: "a",
      client: scriptedClient((p) => vector(...firstValues(p).map((x) => x + 1))),
    });
    await server.finished;
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(readdirSync(spoolDir)).toEqual([]);
    await rm(spoolDir, { recursive: true });
  });
});

describe("updates that must not count", () => {
  const cases: [string, Parameters, string][] = [
    ["NaN", vector(1, NaN), "non-finite"],
    ["Infinity", vector(-Infinity, 1), "non-finite"],
    ["another shape", vector(1, 2, 3), "shape"],
    ["another name", [{ name: "v", dtype: "float32", shape: [2], data: [1, 2] }], "name"],
    ["another type", [{ name: "w", dtype: "float64", shape: [2], data: [1, 2] }], "dtype"],
    ["an extra tensor", [...vector(1, 2), { name: "x", dtype: "bool", shape: [1], data: [1] }], "count"],
  ];
  it.each(cases)("refuses %s, tells the site why, and the round goes on without it", async (_, parameters, reason) => {
    const server = await loopbackServer({ minClients: 2, rounds: 2 });
    const { address } = server;
    const bad = startClient({ address, site: "bad", client: scriptedClient(() => parameters) });
    await startClient({ address, site: "good", client: scriptedClient(answer(5, 6)) });
    const result = await server.finished;
    expect(firstValues(result.parameters)).toEqual([5, 6]);
    const rejected = { site: "bad", status: "rejected", reason };
    for (const round of result.rounds) expect(round.sites).toMatchObject([rejected, { site: "good", status: "used" }]);
    expect((await bad).rounds).toMatchObject([
      { outcome: "rejected", reason },
      { outcome: "rejected", reason },
    ]);
  });

  it("C-P29: without a usable update the model keeps its bytes and the run goes on", async () => {
    const server = await loopbackServer({ minClients: 2, rounds: 2, initialModel: { parameters: vector(9, 8) } });
    const { address } = server;
    const zero = startClient({ address, site: "a", client: scriptedClient(answer(1, 2)), weight: 0 });
    await startClient({ address, site: "b", client: scriptedClient(answer(3, 4)), weight: 0 });
    const result = await server.finished;
    await zero;
    expect(result.rounds.map((r) => r.outcome)).toEqual(["no usable update", "no usable update"]);
    expect(firstValues(result.parameters)).toEqual([9, 8]);
    expect(new Set(result.rounds.map((r) => r.modelDigest)).size).toBe(1);
  });

  it("C-P29: a site of weight 0 beside one of weight 3 changes nothing: [3, 4] exactly, and its loss of 3 exactly", async () => {
    const server = await loopbackServer({ minClients: 2, evaluateEvery: 1 });
    const { address } = server;
    const site = (name: string, weight: number, loss: number, values: [number, number]) =>
      startClient({
        address,
        site: name,
        weight,
        evaluation: "public",
        client: { ...scriptedClient(answer(...values)), evaluate: () => ({ loss }) },
      });
    await Promise.all([site("a", 0, 2, [1, 2]), site("b", 3, 3, [3, 4])]);
    const { parameters, rounds } = await server.finished;
    expect(firstValues(parameters)).toEqual([3, 4]);
    expect(rounds[0]?.evaluation).toMatchObject({ outcome: "evaluated", metrics: { loss: 3 } });
  });

  it("C-P34: an integer counter keeps its type and takes the largest value; floats take the mean", async () => {
    const model = (w: number, n: bigint): Parameters => [
      { name: "w", dtype: "float32", shape: [1], data: Float32Array.of(w) },
      { name: "n", dtype: "int64", shape: [], data: BigInt64Array.of(n) },
    ];
    const server = await loopbackServer({ minClients: 2, initialModel: model(0, 0n) });
    const { address } = server;
    await Promise.all([
      startClient({ address, site: "a", client: scriptedClient(() => model(0.5, 10n)) }),
      startClient({ address, site: "b", client: scriptedClient(() => model(1.5, 14n)), weight: 3 }),
    ]);
    expect((await server.finished).parameters).toEqual(model(1.25, 14n));
  });

  it("keeps sites out that a table of weights does not name", async () => {
    const server = await loopbackServer({ strategy: fedAvg({ weights: { a: 2 } }) });
    const { address } = server;
    const stranger = startClient({ address, site: "x", client: scriptedClient(answer(7, 7)) });
    await expect(stranger).rejects.toMatchObject({ code: "protocol_violation", details: { rule: "site" } });
    await startClient({ address, site: "a", client: scriptedClient(answer(1, 1)) });
    expect(firstValues((await server.finished).parameters)).toEqual([1, 1]);
  });
});

describe("a site", () => {
  it("declines and lives on when its own code fails, and its error stays there", async () => {
    const server = await loopbackServer({ rounds: 2 });
    let calls = 0;
    const seen: ClientRound[] = [];
    const client = scriptedClient(() => {
      calls += 1;
      if (calls === 1) throw new Error("patient 4711 has no lung");
      return vector(1, 1);
    });
    await startClient({ address: server.address, site: "a", client, onRound: (r) => seen.push(r) });
    const { rounds } = await server.finished;
    expect(rounds.map((r) => r.outcome)).toEqual(["no usable update", "released"]);
    expect(rounds[0]?.sites).toMatchObject([{ status: "failed", reason: "client-error" }]);
    expect(JSON.stringify(rounds)).not.toContain("lung");
    expect(String(seen[0]?.error)).toContain("lung");
  });

  it.each([
    ["a step count that is none", { stepsTaken: -1 }],
    ["a step count beyond 32 bits", { stepsTaken: 2 ** 40 }],
    ["an epsilon that is NaN", { privacy: { epsilon: { lower: NaN, upper: 1, point: 1 }, delta: 1e-5 } }],
    ["no relation", { privacy: { epsilon: { lower: 0, upper: 1, point: 1 }, delta: 1e-5, unit: "example" } }],
  ])("is told at its own door that %s can not travel", async (_, facts) => {
    const server = await loopbackServer();
    const fit = () => ({ parameters: vector(1, 1), ...facts }) as FitResult;
    const { rounds } = await startClient({ address: server.address, site: "a", client: scriptedClient(fit) });
    expect(rounds).toMatchObject([{ outcome: "declined", error: { code: "invalid_argument" } }]);
    expect((await server.finished).rounds[0]?.outcome).toBe("no usable update");
  });

  it("does not let a second site take its name", async () => {
    const server = await loopbackServer({ minClients: 2 });
    const { address } = server;
    const first = startClient({ address, site: "a", client: scriptedClient(answer(1, 1)) });
    await new Promise((r) => setTimeout(r, 200));
    const second = startClient({ address, site: "a", client: scriptedClient(answer(2, 2)) });
    await expect(second).rejects.toMatchObject({ code: "protocol_violation", details: { rule: "duplicate-site" } });
    await startClient({ address, site: "b", client: scriptedClient(answer(3, 3)) });
    await first;
    expect(firstValues((await server.finished).parameters)).toEqual([2, 2]);
  });
});
