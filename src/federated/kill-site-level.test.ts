import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readLedger, verifyLedger } from "../ledger/index.ts";
import type { FederatedClient } from "./client.ts";
import { startClient } from "./grpc/client.ts";

// SORDINO_KILLS=20 for the long form. The coordinator is the built package's: `npm run build`.
const script = fileURLToPath(new URL("kill-site-level.fixture.mjs", import.meta.url));
const kills = Number(process.env["SORDINO_KILLS"] ?? 3);
const rounds = 10;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-kill-sites-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

interface Message {
  readonly port?: number;
  readonly outcomes?: string[];
  readonly upper?: number;
  readonly planned?: number;
}

/** Starts a coordinator; `killAfterMs` null lets it end. @returns what it said last. */
async function serve(
  port: number,
  state: string,
  ledger: string,
  killAfterMs: number | null,
  told: (m: Message) => void,
) {
  const args = [script, String(port), state, ledger, String(rounds)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  const lines = createInterface({ input: child.stdout });
  let last: Message = {};
  lines.on("line", (line) => {
    last = JSON.parse(line) as Message;
    told(last);
    if (last.port !== undefined && killAfterMs !== null) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(lines, "close")]);
  running.delete(child);
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`ended with ${String(code)}`);
  return last;
}

describe("kill -9 of a coordinator with the site as unit", () => {
  it(`at ${kills} moments: no round is begun or released twice, each is in the ledger once at most, and the price is the plan's`, async () => {
    const [state, ledger] = [join(dir, "state"), join(dir, "ledger")];
    const sites: Promise<unknown>[] = [];
    let port = 0;
    const client: FederatedClient = {
      getParameters: () => [],
      fit: async ([w]) => {
        await new Promise((resolve) => setTimeout(resolve, 15));
        return [{ ...w, data: Float64Array.from(w.data as Float64Array, (v) => v + 0.01) }];
      },
      evaluate: () => ({}),
    };
    const told = (message: Message): void => {
      if (message.port === undefined || port !== 0) return;
      port = message.port;
      const address = `127.0.0.1:${port}`;
      const retry = { attempts: 100, firstDelayMs: 20 };
      for (const site of ["ash", "elm", "fir"]) sites.push(startClient({ address, site, client, retry }));
    };
    // a fixed sequence of waits: the moments differ all the same, with the machine
    for (let i = 0; i < kills; i++) await serve(port, state, ledger, 20 + ((i * 67) % 150), told);
    const last = await serve(port, state, ledger, null, told);
    await Promise.allSettled(sites);
    expect(last.outcomes).toHaveLength(rounds);
    expect(last.upper).toBe(last.planned);
    const lines = readFileSync(join(state, "rounds.jsonl"), "utf8").trim().split("\n");
    const entries = lines.map((line) => (JSON.parse(line) as { entry: { kind: string; round?: number } }).entry);
    const roundsOf = (kind: string): (number | undefined)[] =>
      entries.filter((e) => e.kind === kind).map((e) => e.round);
    for (const kind of ["round-opened", "round-released", "round-closed"]) {
      expect(new Set(roundsOf(kind)).size).toBe(roundsOf(kind).length);
    }
    const released = last.outcomes?.filter((outcome) => outcome === "released").length ?? 0;
    expect(roundsOf("round-released")).toHaveLength(released);
    const { records } = await readLedger(ledger);
    const count = (type: string): number => records.filter((r) => r.type === type).length;
    expect([count("schedule"), count("close")]).toEqual([1, 1]);
    expect(count("commit")).toBeGreaterThanOrEqual(released);
    expect(count("reserve")).toBeGreaterThanOrEqual(count("commit"));
    expect(count("reserve")).toBeLessThanOrEqual(rounds);
    expect((await verifyLedger(ledger)).problems).toEqual([]);
  }, 120_000);
});
