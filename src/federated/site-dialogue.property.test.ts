import { ClearAggregation } from "./round-aggregation.ts";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { Coordinator } from "./coordinator.ts";
import { CreditPool } from "./credit.ts";
import { fedAvg } from "./strategy.ts";
import { outgoingTensors } from "./manifest.ts";
import type { SiteMessage } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import { RunStore } from "./run-store.ts";
import { SendLimit } from "./send-limit.ts";
import { SiteDialogue } from "./site-dialogue.ts";
import { dropHeldIn, heldIn } from "./spool-memory.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-dialogue-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const valid = outgoingTensors([{ name: "w", dtype: "float32", shape: [2], data: [1, 2] }]);
const w = valid.manifest[0];
const bytes = valid.bytes[0];
const round = fc.constantFrom(0, 1, 2);
const tensors = fc.constantFrom([w], [], [w, w], [{ ...w, shape: [3] }]);

/** Every kind of message, often the right one, in any order. */
const message: fc.Arbitrary<SiteMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("join" as const),
    protocolVersion: fc.constantFrom(1, 1, 1, 2),
    site: fc.constantFrom("a", "b", ""),
    capabilities: fc.constantFrom([], ["evaluate"]),
    weight: fc.constantFrom(1, 0, NaN),
    held: fc.constantFrom(null, { round: 1, model: "00".repeat(32), tensor: 1, index: 0 }),
  }),
  fc.record({
    kind: fc.constant("update-header" as const),
    round,
    stepsTaken: fc.nat(),
    isAgain: fc.boolean(),
    privacy: fc.constant(null),
    tensors,
  }),
  fc.record({
    kind: fc.constant("chunk" as const),
    tensor: fc.constantFrom(0, 0, 1),
    index: fc.constantFrom(0, 0, 1),
    data: fc.constantFrom(bytes, new Uint8Array(3), new Uint8Array(8).fill(255)),
  }),
  fc.record({ kind: fc.constant("update-end" as const), round, complete: fc.boolean() }),
  fc.record({ kind: fc.constant("evaluation" as const), round, metrics: fc.constantFrom({}, { x: 1 }, { x: NaN }) }),
  fc.record({ kind: fc.constant("declined" as const), round, reason: fc.constantFrom("budget", "corrupt") }),
  fc.record({ kind: fc.constant("credit" as const), chunks: fc.nat() }),
  fc.constant({ kind: "leave" } as const),
  fc.constant({ kind: "malformed" } as const),
);

/** Single messages in any order would seldom make an update: so whole ones are among them. */
const utterance: fc.Arbitrary<SiteMessage[]> = fc.oneof(
  { weight: 3, arbitrary: message.map((m) => [m]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, 2, 3).map((r): SiteMessage[] => [
      { kind: "update-header", round: r, stepsTaken: 1, isAgain: false, privacy: null, tensors: [w] },
      { kind: "chunk", tensor: 0, index: 0, data: bytes },
      { kind: "update-end", round: r, complete: true },
    ]),
  },
);

describe("a coordinator, whatever two sites say in whatever order,", () => {
  it("never fails because of it, averages only finite updates, and leaves no spool behind", async () => {
    const events = fc.array(fc.tuple(fc.nat({ max: 1 }), utterance), { maxLength: 25 });
    let runs = 0;
    let released = 0;
    await fc.assert(
      fc.asyncProperty(events, async (said) => {
        const waits = { idleMs: 60_000, reconnectMs: 0, graceMs: null, gatherMs: null };
        const plan = { minClients: 1, quorum: 1, cohortSize: null, ...waits };
        const initialModel = outgoingTensors([{ name: "w", dtype: "float32", shape: [2], data: [0, 0] }]);
        const spoolDir = mkdtempSync(join(dir, "run-"));
        runs += 1;
        const coordinator = new Coordinator(
          {
            strategy: fedAvg(),
            rounds: 3,
            plan,
            evaluateEvery: 2,
            config: {},
            aggregate: (store) => new ClearAggregation(store),
            maxModelBytes: 1e6,
            maxSites: 10,
            random: seededRandom(1),
            onRound: () => undefined,
            nowMs: () => performance.now(),
          },
          RunStore.temporary(spoolDir, { runId: "r", rule: fedAvg().rule, configuration: "", signingKey: null }),
          await ModelFile.write(join(spoolDir, "model-0.bin"), initialModel),
          null,
        );
        const run = coordinator.run();
        run.catch(() => undefined);
        const nothing = (): void => undefined;
        const stream = { send: async () => undefined, end: nothing, refuse: nothing };
        const transfers = { uploads: new CreditPool(8), downloads: new SendLimit(4) };
        const world = { desk: coordinator, runId: "r", topologyJson: "", signingKey: null, ...transfers };
        const dialogues = [new SiteDialogue(world, stream), new SiteDialogue(world, stream)];
        await dialogues[0]?.receive(joinA);
        for (const [who, messages] of said) {
          for (const m of messages) await dialogues[who]?.receive(m);
          // a round that closed opens the next after some file work
          await new Promise((r) => setTimeout(r, 1));
        }
        for (const d of dialogues) await d.closed();
        const stopped = new PrivacyError("aborted", "the test is over", { phase: "test" });
        coordinator.fail(stopped);
        const end = await run.catch((error: unknown) => error);
        // a run that was over already has a model to show
        if (end !== stopped) expect(coordinator.records).toHaveLength(3);
        const model = await coordinator.model?.parameters();
        for (const x of model?.[0]?.data ?? []) expect(Number.isFinite(Number(x))).toBe(true);
        const left = [...readdirSync(spoolDir), ...heldIn(spoolDir).map((path) => basename(path))];
        expect(left.filter((f) => f.startsWith("update"))).toEqual([]);
        dropHeldIn(spoolDir);
        released += coordinator.records.filter((r) => r.outcome === "released").length;
      }),
      { numRuns: 150, seed: 1 },
    );
    // the law is not vacuous
    expect(runs).toBeGreaterThanOrEqual(150);
    expect(released).toBeGreaterThan(0);
  });
});

const joinA: SiteMessage = {
  kind: "join",
  protocolVersion: 1,
  site: "a",
  capabilities: ["evaluate"],
  weight: 1,
  held: null,
};
