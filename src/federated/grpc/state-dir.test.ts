import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Parameters } from "../parameters.ts";
import { type Strategy, fedAvg, fedAvgM, qFedAvg } from "../strategy.ts";
import { startClient } from "./client.ts";
import { forgeModel } from "./rewritten-journal.fixture.ts";
import { loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";
import type { FederatedServer, RunResult } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-state-"));
});
afterAll(() => rmSync(dir, { recursive: true }));
const folder = (): string => mkdtempSync(join(dir, "run-"));
const sites = ["a", "b"];

/** What a site makes of a round: it depends on the model, so a repeated or skipped round shows in the last bytes. */
function trained(site: string, parameters: Parameters, round: number): Parameters {
  const [x = 0, y = 0] = Array.from(parameters[0]?.data ?? [], Number);
  return vector(x / 2 + round + site.charCodeAt(0), y / 3 - round);
}

async function run(
  stateDir: string,
  strategy: Strategy,
  hooks: { onFit?: () => void; onRound?: () => void; options?: Partial<ServerOptions> } = {},
): Promise<RunResult> {
  const onRound = hooks.onRound ?? (() => undefined);
  const server = await loopbackServer({
    stateDir,
    strategy,
    rounds: 3,
    minClients: 2,
    quorum: 2,
    reconnectMs: 5_000,
    evaluateEvery: 2,
    onRound,
    ...hooks.options,
  });
  const clients = sites.map((site) => {
    const fit = (p: Parameters, { round }: { round: number }): Parameters => {
      hooks.onFit?.();
      return trained(site, p, round);
    };
    const client = { ...scriptedClient(fit), evaluate: () => ({ loss: site.charCodeAt(0) / 97 }) };
    const retry = { attempts: 1, firstDelayMs: 1 };
    return startClient({ address: server.address, site, client, evaluation: "public", retry });
  });
  // a site that comes when the run is over is refused: that is no matter here
  const ended = Promise.allSettled(clients);
  const result = await server.finished;
  await ended;
  return result;
}

const journal = "rounds.jsonl";
const strategies: [string, Strategy][] = [
  ["fed-avg-m", fedAvgM()],
  ["q-fed-avg", qFedAvg({ q: 1, lipschitz: 2 })],
];

describe.each(strategies)("a coordinator of %s with a state folder", (_, strategy) => {
  it("goes on to the same bytes from wherever it was cut off, also within a line of its journal", async () => {
    const state = folder();
    const snapshots: string[] = [];
    const snap = (): void => {
      const copy = folder();
      cpSync(state, copy, { recursive: true });
      rmSync(join(copy, "lock"), { force: true });
      snapshots.push(copy);
    };
    const calm = await run(state, strategy, { onFit: snap, onRound: snap });
    expect(snapshots).toHaveLength(9);
    expect(calm.rounds.map((r) => r.outcome)).toEqual(["released", "released", "released"]);
    for (const [i, copy] of snapshots.entries()) {
      // an entry is acted upon only when it is on the disk: what a crash can tear is one that nobody knew of yet
      const path = join(copy, journal);
      const text = readFileSync(path, "utf8");
      const isTearable = /"kind":"(round-opened|update-spooled)"[^\n]*\n$/.test(text);
      if (isTearable && i % 3 > 0) truncateSync(path, text.length - (i % 3) * 7);
      const after = await run(copy, strategy);
      expect(after.modelDigest).toBe(calm.modelDigest);
      expect(after.rounds).toEqual(calm.rounds);
      expect(after.runId).toBe(calm.runId);
    }
  });
});

describe("a state folder", () => {
  const strategy = fedAvgM();

  it("of a finished run gives its result again, and asks nobody", async () => {
    const state = folder();
    const first = await run(state, strategy);
    const again = await loopbackServer({ stateDir: state, strategy, rounds: 3, minClients: 2 });
    expect(await again.finished).toEqual(first);
  });

  it("keeps the last model and its moments, and nothing else", async () => {
    const state = folder();
    await run(state, strategy);
    expect(readdirSync(state).toSorted()).toEqual(["model-3.bin", "moments-3.bin", journal]);
  });

  it.each(["rounds", "a buffer"])(
    "of a coordinator that is closed and started again keeps its sites: nobody is told that the run is over (%s)",
    async (kind) => {
      const buffered = kind === "rounds" ? {} : { buffered: { size: 1 } };
      const options = { stateDir: folder(), strategy: fedAvg(), rounds: 3, minClients: 1, ...buffered };
      let told: () => void = () => undefined;
      const isClosed = new Promise<void>((resolve) => (told = resolve));
      const first = await loopbackServer({ ...options, onRound: () => told() });
      const fits: number[] = [];
      const client = scriptedClient((_, { round }) => {
        fits.push(round);
        return vector(round, 1);
      });
      const retry = { attempts: 100, firstDelayMs: 5 };
      const site = startClient({ address: first.address, site: "a", client, retry });
      await isClosed;
      await first.close();
      await expect(first.finished).rejects.toMatchObject({ code: "aborted" });
      const second = await loopbackServer({ ...options, address: first.address });
      expect((await second.finished).rounds.map((r) => r.outcome)).toEqual(["released", "released", "released"]);
      await site;
      expect(fits).toEqual([1, 2, 3]);
    },
  );

  it("belongs to one coordinator at a time, and to one run", async () => {
    const state = folder();
    const same: Partial<ServerOptions> = { stateDir: state, strategy, rounds: 3, minClients: 2 };
    const server: FederatedServer = await loopbackServer(same);
    await expect(loopbackServer(same)).rejects.toMatchObject({ code: "output_occupied" });
    await server.close();
    const others: Partial<ServerOptions>[] = [
      { rounds: 4 },
      { strategy: fedAvgM({ momentum: 0.5 }) },
      { initialModel: { parameters: vector(1, 0) } },
    ];
    for (const other of others) {
      const details = { argument: "stateDir" };
      await expect(loopbackServer({ ...same, ...other })).rejects.toMatchObject({ code: "invalid_argument", details });
    }
    // refused or not, the folder is given back
    await (await loopbackServer(same)).close();
  });

  it("whose journal was written anew around another model is refused where there is a key", async () => {
    const { privateKey: signingKey } = generateKeyPairSync("ed25519");
    const state = folder();
    await run(state, strategy, { options: { signingKey } });
    forgeModel(join(state, journal), (entry) => entry["kind"] === "round-released");
    const again = loopbackServer({ stateDir: state, strategy, rounds: 3, minClients: 2, signingKey });
    await expect(again).rejects.toMatchObject({ code: "file_unreadable", details: { reason: "another signature" } });
  });

  it("whose journal or model was changed is refused by name", async () => {
    const state = folder();
    await run(state, strategy);
    const [path, model] = [join(state, journal), join(state, "model-3.bin")];
    const [text, bytes] = [readFileSync(path, "utf8"), readFileSync(model)];
    const open = async (): Promise<unknown> => await loopbackServer({ stateDir: state, strategy, rounds: 3 });
    const refused = { code: "file_unreadable" };
    writeFileSync(path, text.replace('"round":2', '"round":7'));
    await expect(open()).rejects.toMatchObject({ ...refused, details: { path } });
    writeFileSync(path, text.split("\n").slice(1).join("\n"));
    await expect(open()).rejects.toMatchObject({ ...refused, details: { path } });
    writeFileSync(path, text);
    writeFileSync(
      model,
      bytes.map((b, i) => (i === 3 ? b ^ 1 : b)),
    );
    await expect(open()).rejects.toMatchObject({ ...refused, details: { path: model, reason: "another digest" } });
    rmSync(model);
    await expect(open()).rejects.toMatchObject({ ...refused, details: { path: model, reason: "ENOENT" } });
  });

  it("whose moments were changed is refused by name", async () => {
    const state = folder();
    const momentum = fedAvgM({ momentum: 0.5 });
    await run(state, momentum);
    const path = join(state, "moments-3.bin");
    const bytes = readFileSync(path);
    const open = async (): Promise<unknown> => await loopbackServer({ stateDir: state, strategy: momentum, rounds: 3 });
    for (const changed of [bytes.map((b, i) => (i === 3 ? b ^ 1 : b)), bytes.subarray(1)]) {
      writeFileSync(path, changed);
      const details = { path, reason: "another digest" };
      await expect(open()).rejects.toMatchObject({ code: "file_unreadable", details });
    }
    rmSync(path);
    await expect(open()).rejects.toMatchObject({ code: "file_unreadable", details: { path, reason: "ENOENT" } });
  });
});
