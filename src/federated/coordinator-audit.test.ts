import { describe, expect, it } from "vitest";
import type { AuditEntry } from "./audit-entry.ts";
import { CoordinatorAudit } from "./coordinator-audit.ts";
import { identityRefused } from "./identity/index.ts";

describe("a coordinator's trail", () => {
  it("is not filled by strangers: refusals of a minute are bounded, and nothing else is", () => {
    const entries: AuditEntry[] = [];
    let now = 0;
    const trail = { append: async (entry: AuditEntry) => void entries.push(entry) };
    const audit = new CoordinatorAudit(
      trail,
      () => expect.fail(),
      () => now,
    );
    const refuse = (): void => {
      for (let i = 0; i < 1_000; i++) audit.identityRefused(identityRefused("issuer", "unknown", "x"));
    };
    refuse();
    audit.opened("north");
    expect(entries.filter((e) => e.kind === "session-refused")).toHaveLength(120);
    expect(entries.at(-1)).toEqual({ kind: "session-opened", peer: "north", fingerprint: null });
    now = 60_000;
    refuse();
    expect(entries.filter((e) => e.kind === "session-refused")).toHaveLength(240);
  });

  it("says when it can not be written, so that the run ends", async () => {
    const failure = await new Promise((resolve) => {
      const audit = new CoordinatorAudit({ append: async () => await Promise.reject(new Error("disk full")) }, resolve);
      audit.refused("", "protocol");
    });
    expect(failure).toMatchObject({ message: "disk full" });
  });
});
