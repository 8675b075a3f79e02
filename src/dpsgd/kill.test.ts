import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { train } from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { verifyLedger } from "../ledger/index.ts";
import { PrivacyEngine } from "./privacy-engine.ts";
import { clouds, freshFolder } from "./training.fixture.ts";

// On Node 20 a process of its own cannot load TypeScript: this test drives the built package (`npm run build`).
const script = fileURLToPath(new URL("training-process.fixture.mjs", import.meta.url));

it("D22 goes on after a SIGKILL in the middle of a block: the whole block stays spent, and never more than planned", async () => {
  const [ledger, checkpoint] = [freshFolder(), freshFolder()];
  const child = spawn(process.execPath, [script, ledger, checkpoint], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) if (line === "5") child.kill("SIGKILL");
  expect((await gone)[1]).toBe("SIGKILL");
  const { engine, trainer } = await PrivacyEngine.resume(checkpoint, {
    ledger,
    data: { id: "clouds", ...clouds(64) },
    loss: "sparseCategoricalCrossentropy",
    optimizer: train.sgd(0.5),
  });
  expect(trainer.stepsTaken).toBe(64);
  expect(await trainer.fit()).toEqual({ steps: 100, completed: true });
  expect(engine.ledger.spent("clouds").runs).toMatchObject([{ scheduled: 100, reserved: 64, used: 36, left: 0 }]);
  await engine.close();
  expect((await verifyLedger(ledger)).ok).toBe(true);
});
