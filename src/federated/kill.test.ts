import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

// SORDINO_KILLS=20 for the long form. On Node 20 a process of its own cannot load TypeScript: these tests drive the built package (`npm run build`).
const script = fileURLToPath(new URL("kill-process.fixture.mjs", import.meta.url));
const kills = Number(process.env["SORDINO_KILLS"] ?? 3);

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-kill-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Message {
  readonly port?: number;
  readonly modelDigest?: string;
  readonly outcomes?: string[];
  readonly used?: string[][];
  readonly rounds?: { readonly round: number; readonly outcome: string; readonly reason: string | null }[];
}

interface Process {
  readonly child: ChildProcess;
  /** The first line it says; rejects when it says none. */
  readonly first: Promise<Message>;
  /** All that it said, once it has ended by itself; null when it was killed. */
  readonly ended: Promise<readonly Message[] | null>;
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

function start(...args: (string | number)[]): Process {
  const child = spawn(process.execPath, [script, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const said: Message[] = [];
  const lines = createInterface({ input: child.stdout });
  const first = new Promise<Message>((resolve, reject) => {
    lines.once("line", (line) => resolve(JSON.parse(line) as Message));
    child.once("exit", () => reject(new Error("ended without a word")));
  });
  first.catch(() => undefined);
  lines.on("line", (line) => said.push(JSON.parse(line) as Message));
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]).then(([[code, signal]]) => {
    running.delete(child);
    if (signal !== "SIGKILL" && code !== 0) throw new Error(`ended with ${String(code)}`);
    return signal === "SIGKILL" ? null : said;
  });
  ended.catch(() => undefined);
  return { child, first, ended };
}

/** A fixed sequence of waits in ms: the moments differ all the same, with the machine. */
function* waits(seed: number, longest: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield (state / 2 ** 32) * longest;
  }
}

/** Kills and restarts a process until it was killed often enough, then lets it end. */
async function harass(begin: () => Process, times: number, longestMs: number): Promise<readonly Message[]> {
  const wait = waits(times + longestMs, longestMs);
  for (let killed = 0; ;) {
    const process = begin();
    if (killed >= times) return (await process.ended) ?? [];
    const ms = wait.next().value ?? 0;
    const timer = setTimeout(() => process.child.kill("SIGKILL"), ms);
    const said = await process.ended;
    clearTimeout(timer);
    if (said !== null) return said;
    killed += 1;
  }
}

const fitsOf = (folder: string, site: string): number[] => {
  return readFileSync(join(folder, `${site}.fits`), "utf8")
    .trim()
    .split("\n")
    .map(Number);
};

/** Plays a run of two sites; what is killed is restarted with the same folder. */
async function play(
  name: string,
  rounds: number,
  killed: { server: number; site: number },
): Promise<Message & { folder: string; sites: readonly Message[] }> {
  const folder = mkdtempSync(join(dir, name));
  const state = join(folder, "state");
  const quorum = killed.site > 0 ? 1 : 2;
  const server = start("serve", 0, state, rounds, 2, quorum);
  const { port = 0 } = await server.first;
  const again = (): Process => start("serve", port, state, rounds, 2, quorum);
  let isFirst = true;
  const begin = (): Process => {
    if (!isFirst) return again();
    isFirst = false;
    return server;
  };
  const [end, ...sites] = await Promise.all([
    harass(begin, killed.server, 450),
    harass(() => start("join", port, folder, "a"), 0, 0),
    harass(() => start("join", port, folder, "b"), killed.site, 900),
  ]);
  return { ...end.at(-1), folder, sites: sites.map((s) => s.at(-1) ?? {}) };
}

describe("kill -9", () => {
  it(`of the coordinator at ${kills} moments: no training is repeated, and the last model's bytes are those of an undisturbed run`, async () => {
    const rounds = kills < 20 ? 6 : 12;
    const [calm, killed] = [
      await play("calm", rounds, { server: 0, site: 0 }),
      await play("killed", rounds, { server: kills, site: 0 }),
    ];
    expect(calm.used).toEqual(Array.from({ length: rounds }, () => ["a", "b"]));
    expect(killed.outcomes).toEqual(calm.outcomes);
    expect(killed.used).toEqual(calm.used);
    expect(killed.modelDigest).toBe(calm.modelDigest);
    for (const site of ["a", "b"]) {
      expect(fitsOf(killed.folder, site)).toEqual(Array.from({ length: rounds }, (_, i) => i + 1));
    }
  }, 120_000);

  it(`of a site at ${kills} moments: it sends the same bytes again or drops out, trains no round twice, and the model is that of who took part`, async () => {
    const rounds = kills < 20 ? 12 : 40;
    const { used = [], folder, outcomes } = await play("site", rounds, { server: 0, site: kills });
    expect(outcomes).toEqual(Array.from({ length: rounds }, () => "released"));
    const fits = fitsOf(folder, "b");
    expect(new Set(fits).size).toBe(fits.length);
    // whose update was used had trained it
    for (const [i, sites] of used.entries()) if (sites.includes("b")) expect(fits).toContain(i + 1);
    const model = readFileSync(join(folder, "state", `model-${rounds}.bin`));
    const values = new Float32Array(model.buffer, model.byteOffset, 300_000);
    for (let i = 0; i < 42; i++) expect(values[i]).toBe(replay(i, used));
  }, 120_000);
});

/** One coordinate of the run, after the published formula: Reddi et al. 2021, Algorithm 2, FedAdam. */
function replay(i: number, used: readonly string[][]): number {
  let [x, m, v] = [Math.fround(i % 7), 0, 1e-3 ** 2];
  for (const [r, sites] of used.entries()) {
    const sent = sites.map((site) => Math.fround(x * 0.75 + (site.charCodeAt(0) - 96 + (r + 1) / 8) + (i % 3)));
    const change = sent.reduce((sum, s) => sum + s, 0) / sent.length - x;
    m = 0.9 * m + (1 - 0.9) * change;
    v = 0.99 * v + (1 - 0.99) * (change * change);
    x = Math.fround(x + (0.5 * m) / (Math.sqrt(v) + 1e-3));
  }
  return x;
}
