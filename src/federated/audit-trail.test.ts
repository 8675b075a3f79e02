import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditEntry } from "./audit-entry.ts";
import { AuditTrail, verifyAuditTrail } from "./audit-trail.ts";

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), "sordino-audit-"))));
afterAll(() => rmSync(dir, { recursive: true }));

const entries: readonly AuditEntry[] = [
  { kind: "session-opened", peer: "north", fingerprint: null },
  { kind: "instruction-received", run: "r", round: 1, asked: "train" },
  { kind: "policy-decision", run: "r", round: 1, rule: "all", isAllowed: true },
  { kind: "update-left", run: "r", round: 1, update: "a".repeat(64), bytes: 8, tensors: 1 },
];

async function trail(name: string): Promise<string> {
  const path = join(dir, name);
  const open = await AuditTrail.open(path);
  // at once: they are written together, in order
  await Promise.all(entries.map(async (entry) => await open.append(entry)));
  await open.close();
  return path;
}

describe("an audit trail", () => {
  it("gives back what was written, and goes on where it was closed", async () => {
    const path = await trail("whole.jsonl");
    const again = await AuditTrail.open(path);
    await again.append({ kind: "session-refused", peer: "x", reason: "revoked" });
    await again.close();
    const { entries: found, head, fault, torn } = verifyAuditTrail(readFileSync(path));
    expect(found.map(({ ts: _when, ...entry }) => entry)).toEqual([
      ...entries,
      { kind: "session-refused", peer: "x", reason: "revoked" },
    ]);
    expect({ head, fault, torn }).toEqual({ head: again.head, fault: null, torn: 0 });
  });

  it("finds out a line that was changed, taken out, put elsewhere or written twice, whichever it is", async () => {
    const lines = readFileSync(await trail("cut.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    const faults = (changed: (string | undefined)[]): number | undefined =>
      verifyAuditTrail(Buffer.from(changed.map((l) => `${l}\n`).join(""))).fault?.line;
    for (const [i, line] of lines.entries()) {
      const changed = line.replace(/"ts":"\d{4}/, '"ts":"1999');
      expect(changed).not.toBe(line);
      // a last line that was changed is a trail with another head, and only that tells
      if (i < lines.length - 1) expect(faults(lines.with(i, changed))).toBe(i + 2);
      if (i < lines.length - 1) expect(faults(lines.toSpliced(i, 1))).toBe(i + 1);
      expect(faults(lines.toSpliced(i, 0, line))).toBe(i + 2);
    }
    expect(verifyAuditTrail(Buffer.from(`${lines.slice(0, 2).join("\n")}\n`)).head).not.toBe(
      verifyAuditTrail(Buffer.from(`${lines.join("\n")}\n`)).head,
    );
  });

  it("has no place for a field that is not in its form", async () => {
    const open = await AuditTrail.open(join(dir, "strict.jsonl"));
    const batch = { ...entries[1], batchSize: 17 } as unknown as AuditEntry;
    await expect(open.append(batch)).rejects.toThrow();
    await open.close();
    expect(readFileSync(open.path, "utf8")).toBe("");
    const line = readFileSync(await trail("extra.jsonl"), "utf8").replace('"round":1', '"patients":3,"round":1');
    expect(verifyAuditTrail(Buffer.from(line)).fault?.line).toBe(2);
  });

  it("cuts off what a crash left of a line, and refuses to go on after a line that does not follow", async () => {
    const path = await trail("torn.jsonl");
    const whole = readFileSync(path);
    appendFileSync(path, '{"asked":"tr');
    await (await AuditTrail.open(path)).close();
    expect(readFileSync(path)).toEqual(whole);
    writeFileSync(path, `${whole.toString()}{}\n`);
    await expect(AuditTrail.open(path)).rejects.toMatchObject({ code: "ledger_corrupt", details: { line: 5 } });
  });

  it("notices another writer before it adds to what that one wrote", async () => {
    const [a, b] = [await AuditTrail.open(join(dir, "two.jsonl")), await AuditTrail.open(join(dir, "two.jsonl"))];
    await a.append(entries[0] ?? expect.fail());
    await expect(b.append(entries[0] ?? expect.fail())).rejects.toMatchObject({ code: "file_unreadable" });
    await a.close();
    await b.close();
  });
});
