import "@tensorflow/tfjs-backend-cpu";
import { setBackend, train } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrivacyEngine, saveModel } from "../dpsgd/index.ts";
import { publishDemo } from "./demo-publish.ts";
import type { Output } from "./output.ts";

/** What a command wrote. */
export interface Captured extends Output {
  readonly outLines: string[];
  readonly progressLines: string[];
}

export function capture(): Captured {
  const [outLines, progressLines]: [string[], string[]] = [[], []];
  const progress = (line: string): void => void progressLines.push(line);
  return {
    outLines,
    progressLines,
    out: (line) => void outLines.push(line),
    progress,
    status: progress,
    isTerminal: false,
  };
}

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), "sordino-cli-"));

/** Trains a real, tiny model privately with the operating system's randomness and publishes it as the demo does. */
export async function publishSmallRun(units: number, steps = 5): Promise<string> {
  await setBackend("cpu");
  const out = join(freshFolder(), "out");
  const engine = await PrivacyEngine.open({
    ledger: out,
    unit: "example",
    neighboring: "add-or-remove-one",
    delta: 1e-5,
  });
  const rows = 40;
  const x = Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(i));
  const y = Int32Array.from({ length: rows }, (_, i) => i % 2);
  const trainer = await engine.makePrivate({
    model: sequential({
      layers: [layers.dense({ inputShape: [2], units }), layers.dense({ units: 2, activation: "softmax" })],
    }),
    optimizer: train.sgd(0.1),
    loss: "sparseCategoricalCrossentropy",
    data: { id: "toy", x: { data: x, shape: [rows, 2] }, y: { data: y, shape: [rows] } },
    datasetSize: 50_000,
    expectedBatchSize: 512,
    steps,
    l2ClipNorm: 1,
    noiseMultiplier: 1.1,
  });
  const curve: { steps: number[]; epsilon: number[] } = { steps: [], epsilon: [] };
  await trainer.fit({ onStep: ({ index, epsilon }) => void (curve.steps.push(index), curve.epsilon.push(epsilon)) });
  await saveModel(trainer.model, join(out, "model"));
  const outputs = (shift: number) => ({
    losses: Float64Array.from({ length: 1000 }, (_, i) => shift + (i % 97) / 97),
    accuracy: 0.5,
  });
  await publishDemo({ engine, trainer, curve, members: outputs(0), nonMembers: outputs(0.01), out });
  await engine.close();
  return out;
}
