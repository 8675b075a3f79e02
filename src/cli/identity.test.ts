import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditTrail } from "../federated/index.ts";
import type { Output } from "./output.ts";
import { runCli } from "./program.ts";

let dir: string;
const at = (...names: string[]): string => join(dir, ...names);
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), "sordino-cli-identity-"))));
afterAll(() => rmSync(dir, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const output: Output = {
    out: (line) => void out.push(line),
    progress: (line) => void err.push(line),
    status: (line) => void err.push(line),
    isTerminal: false,
  };
  return { code: await runCli(["federated", ...args], output), out, err };
}

describe("sordino federated", () => {
  it("init, request and approve give a site its certificate; revoke takes it back", async () => {
    expect((await run("init", at("ca"), "--host", "localhost", "127.0.0.1")).code).toBe(0);
    const again = await run("init", at("ca"), "--host", "localhost");
    expect([again.code, again.err.length]).toEqual([1, 1]);
    expect(again.err[0]).toContain("nothing is overwritten");
    const asked = await run("request", at("north"), "--site", "north", "--json");
    const { fingerprint } = JSON.parse(asked.out[0] ?? "") as { fingerprint: string };
    // without what was read out nothing is issued, and a script can tell
    const shown = await run("approve", at("north", "site.csr"), "--authority", at("ca"));
    expect(shown.code).toBe(3);
    expect(existsSync(at("ca", "sites"))).toBe(false);
    const wrong = await run(
      "approve",
      at("north", "site.csr"),
      "--authority",
      at("ca"),
      "--fingerprint",
      "0".repeat(64),
    );
    expect([wrong.code, existsSync(at("ca", "sites"))]).toEqual([1, false]);
    const approved = await run(
      "approve",
      at("north", "site.csr"),
      "--authority",
      at("ca"),
      "--fingerprint",
      fingerprint,
    );
    expect(approved.code).toBe(0);
    expect(existsSync(at("ca", "sites", "north", "site.pem"))).toBe(true);
    expect((await run("revoke", "north", "--authority", at("ca"), "--reason", "lost")).code).toBe(0);
    expect(readFileSync(at("ca", "revoked.json"), "utf8")).toContain(fingerprint);
    expect((await run("revoke", "north", "--authority", at("ca"))).code).toBe(1);
  });

  it("doctor fails with 2 where something is wrong, and names it", async () => {
    const { code, out } = await run("doctor", at("none.json"), "--json");
    expect(code).toBe(2);
    expect(JSON.parse(out[0] ?? "")).toMatchObject({ findings: [{ check: "site file", status: "failed" }] });
  });

  it("audit says broken with 2, whole against a noted head with 0, and without one that it can not tell with 3", async () => {
    const trail = await AuditTrail.open(at("audit.jsonl"));
    await trail.append({ kind: "session-opened", peer: "x", fingerprint: null });
    await trail.close();
    expect((await run("audit", at("audit.jsonl"))).code).toBe(3);
    expect((await run("audit", at("audit.jsonl"), "--head", trail.head)).code).toBe(0);
    expect((await run("audit", at("audit.jsonl"), "--head", "0".repeat(64))).code).toBe(2);
    writeFileSync(at("broken.jsonl"), readFileSync(at("audit.jsonl"), "utf8").replace('"x"', '"y"').repeat(2));
    expect((await run("audit", at("broken.jsonl"), "--head", trail.head)).code).toBe(2);
  });
});
