import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CreditPool } from "./credit.ts";
import type { Desk, Order } from "./desk.ts";
import { outgoingTensors } from "./manifest.ts";
import type { CoordinatorMessage } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import { SendLimit } from "./send-limit.ts";
import { SiteDialogue } from "./site-dialogue.ts";

const desk = {
  maxModelBytes: 1e9,
  rounds: 9,
  isDurable: false,
  manifest: null,
  admit: () => 1,
  join: () => undefined,
  declined: () => undefined,
  ready: () => undefined,
  fail: (error: unknown) => expect.fail(String(error)),
} as unknown as Desk;

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((r) => setTimeout(r, 1));
}

describe("a site that declines before it has everything", () => {
  it("is sent no chunk of what it declined after the next order, though one was waiting for its place", async () => {
    const dir = mkdtempSync(join(tmpdir(), "sordino-dialogue-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const tensors = outgoingTensors([{ name: "w", dtype: "float32", shape: [2], data: [1, 2] }]);
    const model = await ModelFile.write(join(dir, "model.bin"), tensors);
    const downloads = new SendLimit(1);
    let free = (): void => undefined;
    // another site's chunk has the only place
    await downloads.transfer()(async () => await new Promise<void>((resolve) => (free = resolve)));
    const sent: string[] = [];
    const send = async (m: CoordinatorMessage): Promise<void> => {
      sent.push(m.kind === "instruction" ? `${m.instruction} ${m.round}` : m.kind);
    };
    const run = { desk, runId: "r", topologyJson: "{}", signingKey: null, uploads: new CreditPool(8), downloads };
    const dialogue = new SiteDialogue(run, { send, end: () => undefined, refuse: () => undefined });
    await dialogue.receive({ kind: "join", protocolVersion: 1, site: "a", capabilities: [], weight: 1, held: null });
    const order = (kind: "train" | "evaluate"): Order => ({ kind, round: 1, config: {}, model, lineage: null });
    dialogue.instruct(order("train"));
    await settle();
    await dialogue.receive({ kind: "declined", round: 1, reason: "budget" });
    dialogue.instruct(order("evaluate"));
    await settle();
    free();
    await settle();
    expect(sent).toEqual(["welcome", "train 1", "evaluate 1", "chunk"]);
  });
});
