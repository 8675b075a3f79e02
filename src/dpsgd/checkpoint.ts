import { type Optimizer, tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { loadModel, saveModel } from "./model-files.ts";
import type { PrivacyPlan } from "./plan.ts";
import { readJson, readWhole, writeWhole } from "./whole-file.ts";

/** The public facts of a run that a later process needs to go on with it. Nothing random, nothing about the data. */
export interface CheckpointFacts {
  readonly version: "checkpoint/v1";
  readonly runId: string;
  readonly scope: string;
  readonly stepsTaken: number;
  /** Sub-folder with the model and optimizer state of that step. */
  readonly folder: string;
  readonly plan: {
    readonly unit: PrivacyPlan["unit"];
    readonly neighboring: PrivacyPlan["neighboring"];
    readonly datasetSize: number;
    readonly expectedBatchSize: number;
    readonly steps: number;
    readonly l2ClipNorm: number;
    readonly noiseMultiplier: number;
    readonly delta: number;
    readonly epsilonMax: number | null;
  };
  readonly optimizer: { readonly className: string; readonly weights: readonly SavedTensor[] };
}

type NamedTensor = Parameters<Optimizer["setWeights"]>[0][number];

interface SavedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Writes a checkpoint: the state into a folder of its own, then `trainer.json`, which points at it, in one rename. A crash
 * at any byte leaves the previous checkpoint whole.
 */
export async function saveCheckpoint(
  dir: string,
  run: {
    model: LayersModel;
    optimizer: Optimizer;
    plan: PrivacyPlan;
    runId: string;
    scope: string;
    stepsTaken: number;
  },
): Promise<void> {
  const { model, optimizer, plan, runId, scope, stepsTaken } = run;
  const previous = readPrevious(dir);
  const folder = `step-${stepsTaken}`;
  await saveModel(model, join(dir, folder));
  const weights = await saveOptimizer(optimizer, join(dir, folder, "optimizer.bin"));
  const facts: CheckpointFacts = {
    version: "checkpoint/v1",
    runId,
    scope,
    stepsTaken,
    folder,
    plan: {
      unit: plan.unit,
      neighboring: plan.neighboring,
      datasetSize: plan.datasetSize,
      expectedBatchSize: plan.expectedBatchSize,
      steps: plan.steps,
      l2ClipNorm: plan.clip.norm,
      noiseMultiplier: plan.noise.multiplier,
      delta: plan.budget.delta,
      epsilonMax: plan.budget.epsilon,
    },
    optimizer: { className: optimizer.getClassName(), weights },
  };
  writeWhole(join(dir, "trainer.json"), JSON.stringify(facts, null, 2));
  if (previous !== undefined && previous !== folder) rmSync(join(dir, previous), { recursive: true, force: true });
}

/** @throws PrivacyError `file_unreadable` when `dir` holds no checkpoint of this version. */
export function readCheckpoint(dir: string): CheckpointFacts {
  const path = join(dir, "trainer.json");
  const facts = readJson(path) as Partial<CheckpointFacts> | null;
  const isCheckpoint =
    facts?.version === "checkpoint/v1" &&
    typeof facts.runId === "string" &&
    typeof facts.scope === "string" &&
    typeof facts.folder === "string" &&
    /^step-\d+$/.test(facts.folder) &&
    typeof facts.plan === "object" &&
    typeof facts.optimizer === "object";
  if (!isCheckpoint) {
    throw new PrivacyError(
      "file_unreadable",
      `${path} was wanted as a checkpoint and is not one of version checkpoint/v1`,
      {
        path,
        reason: "not a checkpoint",
      },
    );
  }
  return facts as CheckpointFacts;
}

/** The model of a checkpoint. The caller owns it. */
export function loadCheckpointModel(dir: string, facts: CheckpointFacts): Promise<LayersModel> {
  return loadModel(join(dir, facts.folder));
}

/** Puts the saved state (momenta, step counters) into a fresh optimizer of the same class. */
export async function restoreOptimizer(dir: string, facts: CheckpointFacts, optimizer: Optimizer): Promise<void> {
  const { className, weights } = facts.optimizer;
  if (optimizer.getClassName() !== className) {
    throw new PrivacyError(
      "invalid_argument",
      `optimizer must be of class ${className} as in the checkpoint, got ${optimizer.getClassName()}`,
      { argument: "optimizer", expected: className },
    );
  }
  const bytes = Uint8Array.from(readWhole(join(dir, facts.folder, "optimizer.bin")));
  const values = new Float32Array(bytes.buffer);
  let offset = 0;
  const tensors: NamedTensor[] = weights.map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const part = values.slice(offset, (offset += size));
    // tf.train optimizers count their steps in an int32 scalar
    return {
      name,
      tensor: name === "iter" ? tensor(Int32Array.from(part), [...shape], "int32") : tensor(part, [...shape]),
    };
  });
  await optimizer.setWeights(tensors);
  for (const named of tensors) named.tensor.dispose();
}

/** State of plain SGD is only its step counter; names, shapes and values of the others follow tf.train. */
async function saveOptimizer(optimizer: Optimizer, path: string): Promise<SavedTensor[]> {
  const weights = await optimizer.getWeights();
  const parts = await Promise.all(weights.map(async (w) => Float32Array.from(await w.tensor.data())));
  const bytes = Buffer.concat(parts.map((p) => new Uint8Array(p.buffer)));
  writeWhole(path, bytes);
  const saved = weights.map((w) => ({ name: w.name, shape: [...w.tensor.shape] }));
  // "iter" is a fresh scalar at every call; the other tensors are the optimizer's own variables
  for (const w of weights) if (w.name === "iter") w.tensor.dispose();
  return saved;
}

function readPrevious(dir: string): string | undefined {
  try {
    return readCheckpoint(dir).folder;
  } catch {
    return undefined;
  }
}
