import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { approveRequest, initAuthority, requestIdentity } from "./identity/index.ts";

// Moments instead of times: each process kills itself there, with SIGKILL. SORDINO_KILLS=20 for all of them, else every second. On Node 20 a process of its own cannot load
// TypeScript: these tests drive the built package (`npm run build`).
const script = fileURLToPath(new URL("kill-phases.fixture.mjs", import.meta.url));

// Node warns of a TLS name that is an address, in each life anew
const env = { ...process.env, NODE_NO_WARNINGS: "1" };

const isLong = Number(process.env["SORDINO_KILLS"] ?? 0) >= 20;
const some = (...moments: string[]): string[] => (isLong ? moments : moments.filter((_, i) => i % 2 === 1));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-phases-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Said {
  readonly port?: number;
  readonly modelDigest?: string;
  readonly outcomes?: string[];
  readonly used?: string[][];
  readonly evaluated?: number[];
  readonly values?: number[];
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** One life of a process. Null when it was killed. */
async function live(args: (string | number)[], onFirst: (said: Said) => void): Promise<Said | null> {
  const child = spawn(process.execPath, [script, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"], env });
  running.add(child);
  let said: Said = {};
  const lines = createInterface({ input: child.stdout });
  lines.once("line", (line) => onFirst(JSON.parse(line) as Said));
  lines.on("line", (line) => (said = JSON.parse(line) as Said));
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(lines, "close")]);
  running.delete(child);
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`${args.join(" ")} ended with ${String(code)}`);
  return signal === "SIGKILL" ? null : said;
}

interface Scene {
  readonly mode: "clear" | "buffered" | "secure";
  readonly rounds: number;
  readonly sites: readonly string[];
  /** Moments at which the coordinator dies, one life after the other. */
  readonly server?: readonly string[];
  /** And the last of the sites. */
  readonly site?: readonly string[];
}

type Played = Said & { readonly folder: string; readonly deaths: readonly string[] };

async function play(scene: Scene): Promise<Played> {
  const { mode, rounds, sites, server = [], site = [] } = scene;
  const folder = mkdtempSync(join(dir, "run-"));
  if (mode === "secure") await identify(folder, sites);
  let listening: (port: number) => void;
  const port = new Promise<number>((resolve) => (listening = resolve));
  const serve = async (): Promise<Said> => {
    for (let [i, at] = [0, 0]; ; i++) {
      const said = await live(["serve", at, folder, mode, rounds, server[i] ?? ""], ({ port: now = 0 }) => {
        at = now;
        listening(now);
      });
      if (said !== null) return said;
    }
  };
  const attend = async (name: string, moments: readonly string[]): Promise<void> => {
    for (let i = 0; ; i++) {
      const args = ["join", await port, folder, mode, name, moments[i] ?? ""];
      if ((await live(args, () => undefined)) !== null) return;
    }
  };
  const [end] = await Promise.all([serve(), ...sites.map((name) => attend(name, name === sites.at(-1) ? site : []))]);
  return { ...end, folder, deaths: linesOf(folder, "deaths") };
}

async function identify(folder: string, sites: readonly string[]): Promise<void> {
  await initAuthority({ dir: join(folder, "ca"), hosts: ["127.0.0.1"] });
  const identities: Record<string, object> = {};
  for (const site of sites) {
    const asked = await requestIdentity({ dir: mkdtempSync(join(folder, `${site}-`)), site });
    const approved = await approveRequest({ dir: join(folder, "ca"), ...asked, days: 1 });
    const [caPath, certPath] = [join(approved.folder, "ca.pem"), join(approved.folder, "site.pem")];
    identities[site] = { caPath, certPath, keyPath: asked.keyPath };
  }
  writeFileSync(join(folder, "identities.json"), JSON.stringify({ identities }));
}

function linesOf(folder: string, file: string): string[] {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
}

/** Every access of a site is one line of its ledger, written before: none may come twice. */
function fitsOf(folder: string, site: string): number[] {
  const fits = linesOf(folder, `${site}.fits`).map(Number);
  expect(new Set(fits).size, `${site} trained a round twice: ${fits.join(" ")}`).toBe(fits.length);
  return fits;
}

const sites = ["a", "b"] as const;

describe("kill -9 of the coordinator", () => {
  it("at moments of a round: nothing is trained twice, uploads go on where they were, and the bytes are those of a calm run", async () => {
    const scene = { mode: "clear", rounds: 6, sites } as const;
    const first = some("given", "asking", "asked", "chunk:2", "whole", "chunk:4", "closing", "spooled");
    const server = [...first, ...some("releasing", "folding", "told", "released", "closed", "spooled:2")];
    const [calm, killed] = await Promise.all([play(scene), play({ ...scene, server })]);
    expect(killed.deaths).toEqual(server.map((moment) => `serve clear ${moment}`));
    expect(killed.used).toEqual(calm.used);
    expect(killed.modelDigest).toBe(calm.modelDigest);
    for (const site of sites) expect(fitsOf(killed.folder, site)).toEqual([1, 2, 3, 4, 5, 6]);
    // of an upload of three chunks a death costs what was on its way or not written yet: at most one chunk of each site
    const [before, after] = [calm, killed].map(({ folder }) => linesOf(folder, "chunks").length);
    expect(before).toBe(6 * 2 * 3);
    const inUpload = server.filter((moment) => /chunk|whole|spooled/.test(moment)).length;
    expect(after - before).toBeLessThanOrEqual(2 * inUpload);
    const resumed = linesOf(killed.folder, "resumed").map(Number);
    expect(Math.max(...resumed)).toBeGreaterThanOrEqual(1);
    expect(linesOf(calm.folder, "resumed")).toEqual([]);
  }, 180_000);

  it("at moments of a buffered run: no update is folded twice, no round trained twice, and every release is told", async () => {
    const server = some("asked", "whole", "releasing", "spooled", "folding", "released", "told:2", "closing");
    const killed = await play({ mode: "buffered", rounds: 10, sites, server });
    expect(killed.deaths).toEqual(server.map((moment) => `serve buffered ${moment}`));
    expect(killed.outcomes).toEqual(Array.from({ length: 10 }, () => "released"));
    expect(killed.evaluated).toEqual([2, 4, 6, 8, 10]);
    for (const site of sites) fitsOf(killed.folder, site);
    // a coordinate for each site and round, moved by 1 from i % 7: each release takes two, and moves each by its share once
    const moved = (killed.values ?? []).map((x, i) => x - (i % 7)).filter((x) => x !== 0);
    expect(moved).toHaveLength(20);
    const shares = Array.from({ length: 10 }, (_, staleness) => 0.5 / Math.sqrt(1 + staleness));
    for (const x of moved) expect(Math.min(...shares.map((share) => Math.abs(share - x)))).toBeLessThan(1e-5);
  }, 180_000);
});

describe("kill -9 of a site", () => {
  it("at moments of a round: it sends the same bytes again or sits the round out, and trains none twice", async () => {
    const site = some("downloading:2", "welcomed", "trained", "begun", "offered", "kept", "receipt", "sending");
    const { deaths, outcomes, used = [], folder } = await play({ mode: "clear", rounds: 9, sites, site });
    expect(deaths).toEqual(site.map((moment) => `join clear ${moment}`));
    expect(outcomes).toEqual(Array.from({ length: 9 }, () => "released"));
    expect(fitsOf(folder, "a")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const fits = fitsOf(folder, "b");
    // whose update is in the model had trained it; lost are the rounds in which it died in the middle of training
    const taken = used.flatMap((names, i) => (names.includes("b") ? [i + 1] : []));
    for (const round of taken) expect(fits).toContain(round);
    expect(9 - taken.length).toBeLessThanOrEqual(2);
  }, 180_000);
});

describe("kill -9 in secure rounds", () => {
  const cohort = ["a", "b", "c", "d"];

  /** Rounds of masked sums: every released round moved the model by the mean of what its sites added. */
  function expectExact({ values = [], used = [], outcomes = [], folder }: Played): void {
    for (const site of cohort) fitsOf(folder, site);
    let sum = 0;
    for (const [i, names] of used.entries()) {
      if (outcomes[i] !== "released") continue;
      expect(names.length).toBeGreaterThanOrEqual(3);
      sum += names.reduce((total, name) => total + (cohort.indexOf(name) + 1) / 64, 0) / names.length;
    }
    // a step of the ring for four sites and the range of 1, and what float32 rounds
    for (const [i, x] of values.entries()) expect(x - (i % 7)).toBeCloseTo(sum, 5);
  }

  it("of the coordinator from the keys to the last share: a round is lost at most, and none is played twice", async () => {
    const first = some("plan", "keys-came:2", "exchanged", "boxes-came:3", "asked", "whole:2");
    const server = [...first, ...some("complaints-came:2", "masked", "unmasked", "disclosure-came:2")];
    const killed = await play({ mode: "secure", rounds: 12, sites: cohort, server });
    expect(killed.deaths).toEqual(server.map((moment) => `serve secure ${moment}`));
    expectExact(killed);
    const released = killed.outcomes?.filter((outcome) => outcome === "released") ?? [];
    expect(released.length).toBeGreaterThanOrEqual(12 - server.length);
  }, 180_000);

  it("of a site from the keys to the last share: the others unmask without it, and it enters and trains no round twice", async () => {
    const first = some("plan", "entered", "keys", "keys-answered", "boxes-answered", "kept");
    const site = [...first, ...some("begun", "sending", "survivors", "attestations-answered")];
    const killed = await play({ mode: "secure", rounds: 11, sites: cohort, site });
    expect(killed.deaths).toEqual(site.map((moment) => `join secure ${moment}`));
    expectExact(killed);
    expect(killed.outcomes).toEqual(Array.from({ length: 11 }, () => "released"));
  }, 180_000);
});
