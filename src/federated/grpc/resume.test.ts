import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ClientRound } from "../client.ts";
import type { Parameters } from "../parameters.ts";
import { startClient } from "./client.ts";
import { type Relay, rawSite, relayTo, updateMessages } from "./raw-site.fixture.ts";
import { answer, firstValues, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";

const sleep = async (ms: number): Promise<void> => await new Promise((r) => setTimeout(r, ms));
const mebibytes = 30;
/** Three tensors, so that a transfer goes on within and between them. */
function big(value: number): Parameters {
  return ["a", "b", "c"].map((name) => {
    const data = new Float32Array((mebibytes << 18) / 3).fill(value);
    return { name, dtype: "float32", shape: [data.length], data };
  });
}
const retry = { attempts: 20, firstDelayMs: 5 };

/** Cuts the lines of a relay once, when `seen` has passed so many MiB. */
async function cutOnce(relay: Relay, seen: () => number, mib: number): Promise<void> {
  while (seen() < mib << 20) await sleep(1);
  relay.cut();
}

describe("a line that breaks in the middle of a round", () => {
  it.each(["uploaded", "downloaded"] as const)(
    "while the model is %s: goes on at the chunk, and trains once",
    async (way) => {
      const server = await loopbackServer({ initialModel: { parameters: big(1) }, reconnectMs: 10_000 });
      const relay = await relayTo(server.port);
      onTestFinished(relay.close);
      let fits = 0;
      const client = scriptedClient((p) => {
        fits += 1;
        expect(p[2]?.data[0]).toBe(1);
        return big(3);
      });
      const site = startClient({ address: relay.address, site: "a", client, retry });
      await cutOnce(relay, relay[way], (mebibytes * 3) / 4);
      const { parameters, rounds } = await server.finished;
      expect((await site).rounds).toMatchObject([{ round: 1, outcome: "accepted" }]);
      expect(rounds[0]?.sites).toMatchObject([{ site: "a", status: "used" }]);
      expect(parameters.every((p) => Array.from(p.data, Number).every((x) => x === 3))).toBe(true);
      expect(fits).toBe(1);
      // at most what was in flight is sent again: the windows of both sides and what the cut threw away
      expect(relay[way]() >> 20).toBeLessThan(mebibytes + 17);
    },
  );

  it("while the site trains: the training goes on, and its result is sent over the next line", async () => {
    const server = await loopbackServer({ reconnectMs: 10_000 });
    const relay = await relayTo(server.port);
    onTestFinished(relay.close);
    let fits = 0;
    const client = scriptedClient(async () => {
      fits += 1;
      relay.cut();
      await sleep(150);
      return vector(7, 8);
    });
    const { rounds } = await startClient({ address: relay.address, site: "a", client, retry });
    expect(firstValues((await server.finished).parameters)).toEqual([7, 8]);
    expect(rounds).toMatchObject([{ round: 1, outcome: "accepted" }]);
    expect(fits).toBe(1);
  });

  it("and is still taken for whole by the coordinator: the site comes back again and again until it may", async () => {
    const server = await loopbackServer({ reconnectMs: 10_000 });
    const relay = await relayTo(server.port);
    onTestFinished(relay.close);
    const client = scriptedClient(async () => {
      relay.cutNear();
      await sleep(20);
      return vector(7, 8);
    });
    setTimeout(relay.cut, 400);
    const { rounds } = await startClient({ address: relay.address, site: "a", client, retry });
    expect(rounds).toMatchObject([{ round: 1, outcome: "accepted" }]);
    expect(firstValues((await server.finished).parameters)).toEqual([7, 8]);
  });

  it("and does not come back: the round waits for it no longer than it may", async () => {
    const server = await loopbackServer({ minClients: 2, reconnectMs: 150, deadlineMs: 60_000 });
    const raw = rawSite(server.address, "raw");
    const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
    await raw.next("instruction");
    raw.close();
    const started = performance.now();
    const { rounds } = await server.finished;
    await honest;
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(rounds[0]?.sites[1]).toMatchObject({ site: "raw", status: "failed", reason: "disconnected" });
  });
});

describe("a site's outbox", () => {
  const folder = (): string => {
    const dir = mkdtempSync(join(tmpdir(), "sordino-outbox-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    return dir;
  };

  /** A first life of the site that ends in the round, then a second one with the same outbox. */
  async function twoLives(
    end: "in training" | "before the receipt",
  ): Promise<{ rounds: readonly ClientRound[]; fits: number[]; values: number[] }> {
    const outbox = folder();
    const server = await loopbackServer({ rounds: 2, reconnectMs: 10_000 });
    const relay = await relayTo(server.port);
    onTestFinished(relay.close);
    const first = new AbortController();
    const fits: number[] = [];
    const client = (life: number): ReturnType<typeof scriptedClient> =>
      scriptedClient(async (_, { round }) => {
        fits.push(round);
        if (life > 1 || round > 1) return vector(life, round);
        if (end === "before the receipt") {
          // the update is kept, the line is dead before it is sent
          setTimeout(() => first.abort(), 60);
          relay.cut();
          return vector(life, round);
        }
        first.abort();
        await sleep(20);
        throw new Error("killed");
      });
    const once = { attempts: 2, firstDelayMs: 1_000 };
    const options = { address: relay.address, site: "a", outbox };
    const dead = startClient({ ...options, client: client(1), retry: once, signal: first.signal });
    await expect(dead).rejects.toMatchObject({ code: "aborted" });
    const { rounds } = await startClient({ ...options, client: client(2), retry });
    return { rounds, fits, values: firstValues((await server.finished).parameters) };
  }

  it("sends the bytes that the first life made, and trains nothing again", async () => {
    const { rounds, fits, values } = await twoLives("before the receipt");
    expect(fits).toEqual([1, 2]);
    expect(rounds).toMatchObject([
      { round: 1, outcome: "accepted" },
      { round: 2, outcome: "accepted" },
    ]);
    expect(values).toEqual([2, 2]);
  });

  it("tells a site that its last line may still look whole: a restarted one comes back until it may", async () => {
    const outbox = folder();
    const server = await loopbackServer({ rounds: 2, reconnectMs: 10_000 });
    const relay = await relayTo(server.port);
    onTestFinished(relay.close);
    const first = new AbortController();
    const dying = scriptedClient(async (_, { round }) => {
      if (round === 1) return vector(1, 1);
      relay.cutNear();
      first.abort();
      throw new Error("killed");
    });
    const options = { address: relay.address, site: "a", outbox };
    const dead = startClient({ ...options, client: dying, signal: first.signal, retry });
    await expect(dead).rejects.toMatchObject({ code: "aborted" });
    setTimeout(relay.cut, 300);
    const second = await startClient({ ...options, client: scriptedClient(answer(2, 2)), retry });
    expect(second.rounds).toMatchObject([{ round: 2, outcome: "declined", reason: "interrupted" }]);
    // a stranger under the same name is told so at once, see faults.test.ts
    expect((await server.finished).rounds.map((r) => r.outcome)).toEqual(["released", "no usable update"]);
  });

  it("declines a round that the first life began and did not finish", async () => {
    const { rounds, fits } = await twoLives("in training");
    expect(fits).toEqual([1, 2]);
    expect(rounds).toMatchObject([
      { round: 1, outcome: "declined", reason: "interrupted" },
      { round: 2, outcome: "accepted" },
    ]);
  });

  it("belongs to one process at a time", async () => {
    const outbox = folder();
    const server = await loopbackServer({ minClients: 2, rounds: 1 });
    const join = { address: server.address, client: scriptedClient(answer(1, 1)), outbox };
    const first = startClient({ ...join, site: "a" });
    await expect(startClient({ ...join, site: "b" })).rejects.toMatchObject({ code: "output_occupied" });
    await server.close();
    // it may not have come as far as a welcome
    await first.catch(() => undefined);
  });

  it("whose bytes were changed behind its back is refused by its digest, and the round goes on", async () => {
    const server = await loopbackServer();
    const raw = rawSite(server.address, "raw");
    await raw.next("instruction");
    const [header, chunk, end] = updateMessages(1, 1, 2);
    if (header?.kind !== "update-header" || chunk === undefined || end === undefined) throw new Error("no update");
    raw.send({ ...header, isAgain: true });
    expect(await raw.next("resume")).toMatchObject({ round: 1, tensor: 0, index: 0 });
    raw.send({ kind: "chunk", tensor: 0, index: 0, data: new Uint8Array(8) }, end);
    expect(await raw.next("reject")).toMatchObject({ reason: "digest" });
    expect((await server.finished).rounds[0]).toMatchObject({ outcome: "no usable update" });
    raw.close();
  });
});
