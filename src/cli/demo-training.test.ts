import { train } from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { PrivacyEngine } from "../dpsgd/index.ts";
import { seededRandom } from "../testing/index.ts";
import { demoModel } from "./demo-model.ts";
import { loadMnist } from "./mnist.ts";
import { modelOutputs } from "./model-outputs.ts";
import { freshFolder } from "./published-run.fixture.ts";
import { useWasmBackend } from "./tensor-backend.ts";

it("D25 D20 learns real MNIST at epsilon 2.5: above 80 % after 40 private steps, within the target, seeded in the ledger", async () => {
  await useWasmBackend();
  const { train: training, test } = loadMnist();
  const engine = await PrivacyEngine.open({
    ledger: freshFolder(),
    unit: "example",
    neighboring: "add-or-remove-one",
    delta: 1e-5,
    budget: { epsilon: 2.5 },
    random: seededRandom(25),
  });
  const trainer = await engine.makePrivateWithEpsilon({
    model: demoModel(),
    optimizer: train.sgd(2),
    loss: { kind: "sparseCategoricalCrossentropy", fromLogits: true },
    data: { id: "mnist-train", x: training.images, y: training.labels },
    datasetSize: 60_000,
    expectedBatchSize: 256,
    steps: 40,
    l2ClipNorm: 1,
    targetEpsilon: 2.5,
  });
  await trainer.fit();
  const { upper } = engine.getEpsilon({ delta: 1e-5 }).epsilon;
  expect(upper).toBeLessThanOrEqual(2.5);
  expect(upper).toBeGreaterThan(2.49);
  const { accuracy } = await modelOutputs(trainer, test.images, test.labels, 2000);
  expect(accuracy).toBeGreaterThan(0.8);
  expect(engine.ledger.spent("mnist-train").runs[0]?.randomSource).toBe("seeded-test");
  await engine.close();
});
