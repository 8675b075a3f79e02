import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FederatedClient } from "./client.ts";
import { modelDigest } from "./manifest.ts";
import { Outbox } from "./outbox.ts";
import type { Parameters } from "./parameters.ts";
import { SiteWorker } from "./site-worker.ts";

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "sordino-outbox-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
};
const again = expect.objectContaining({ code: "invalid_state" });

describe("an outbox", () => {
  it("lets a site into a secure round once, however many other runs came between and whoever crashed", async () => {
    const dir = folder();
    let outbox = await Outbox.open(dir);
    await outbox.enterSecure("a", 1);
    await outbox.enterSecure("a", 2);
    await outbox.enterSecure("b", 1);
    for (let life = 0; life < 2; life++) {
      await expect(outbox.enterSecure("a", 2)).rejects.toThrow(again);
      await expect(outbox.enterSecure("a", 1)).rejects.toThrow(again);
      await expect(outbox.enterSecure("b", 1)).rejects.toThrow(again);
      await outbox.close();
      outbox = await Outbox.open(dir);
    }
    await outbox.enterSecure("a", 3);
    await outbox.close();
  });

  it("lets one of two in that ask for the same secure round at once", async () => {
    for (const dir of [folder(), null]) {
      const outbox = await Outbox.open(dir);
      const asked = [outbox.enterSecure("a", 1), outbox.enterSecure("a", 1)];
      const outcomes = (await Promise.allSettled(asked)).map(({ status }) => status);
      expect(outcomes.toSorted()).toEqual(["fulfilled", "rejected"]);
      await outbox.close();
    }
  });

  it("forgets nothing that was trained when parameters to start from are asked for after it", async () => {
    const dir = folder();
    const start: Parameters = [{ name: "w", dtype: "float32", shape: [1], data: Float32Array.of(1) }];
    const client: FederatedClient = { getParameters: () => start, fit: (p) => p, evaluate: () => ({}) };
    const outbox = await Outbox.open(dir);
    const worker = new SiteWorker(client, outbox);
    worker.enterRun("a", { topologyJson: "", rounds: 5 });
    const kept = await worker.train(3, start, { round: 3 });
    const given = await worker.initialAnswer({ round: 0 });
    expect(given.round).toBe(0);
    await outbox.close();
    // the folder of a site that was restarted is not damaged
    const next = await Outbox.open(dir);
    expect(modelDigest(next.answer("a", 3)?.manifest ?? [])).toBe(modelDigest(kept.manifest));
    await next.close();
  });
});
