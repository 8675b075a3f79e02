import { type Optimizer, tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PrivacyError, isPrivacyError } from "../core/index.ts";
import { readJson, readWhole, writeWhole } from "../ledger/index.ts";
import { loadModel, saveModel } from "./model-files.ts";
import type { ClipPolicy } from "./clip-policy.ts";
import type { NoisePolicy } from "./noise-policy.ts";
import type { RunStart } from "./plan-run.ts";
import type { PrivacyPlan } from "./privacy-plan.ts";
import type { Sampling } from "./sampling.ts";

/** The public facts of a run that a later process needs to go on with it. Nothing random, nothing about the data. */
export interface CheckpointFacts {
  readonly version: "checkpoint/v2";
  readonly runId: string;
  readonly scope: string;
  readonly stepsTaken: number;
  /** Sub-folder with the model and optimizer state of that step. */
  readonly folder: string;
  readonly plan: {
    readonly unit: PrivacyPlan["unit"];
    readonly neighboring: PrivacyPlan["neighboring"];
    readonly datasetSize: number;
    readonly sampling: Sampling;
    readonly steps: number;
    readonly clip: ClipPolicy;
    readonly noise: NoisePolicy;
    readonly noiseMultiplier: number;
    readonly delta: number;
    readonly epsilonMax: number | null;
  };
  /** What an adaptive clip had reached: made of noised counts alone, like the weights. */
  readonly clipNorm: number | null;
  readonly optimizer: { readonly className: string; readonly weights: readonly SavedTensor[] };
}

type NamedTensor = Parameters<Optimizer["setWeights"]>[0][number];

interface SavedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Writes a checkpoint: the state into a fresh folder, then `trainer.json`, which points at it, in one rename. A crash at
 * any byte leaves the previous checkpoint whole.
 *
 * @throws PrivacyError `output_occupied` when `dir` holds a checkpoint of another run; `file_unreadable` when the disk
 * refuses.
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
    position: RunStart;
  },
): Promise<void> {
  const { model, optimizer, plan, runId, scope, stepsTaken, position } = run;
  refuseOtherRun(dir, runId);
  const folder = freshFolderName(dir, stepsTaken);
  await saveModel(model, join(dir, folder));
  const weights = await saveOptimizer(optimizer, join(dir, folder, "optimizer.bin"));
  const facts: CheckpointFacts = {
    version: "checkpoint/v2",
    runId,
    scope,
    stepsTaken,
    folder,
    plan: {
      unit: plan.unit,
      neighboring: plan.neighboring,
      datasetSize: plan.datasetSize,
      sampling: samplingOf(plan),
      steps: plan.steps,
      clip: plan.clip.policy,
      noise: plan.noise.policy,
      noiseMultiplier: plan.noise.multiplier,
      delta: plan.budget.delta,
      epsilonMax: plan.budget.epsilon,
    },
    clipNorm: position.clipNorm,
    optimizer: { className: optimizer.getClassName(), weights },
  };
  writeWhole(join(dir, trainerName), JSON.stringify(facts, null, 2));
  removeOlder(dir, folder);
}

/**
 * The facts of a checkpoint, checked for shape. What they claim about the run is checked against the ledger by whoever
 * resumes: anybody can edit this file.
 *
 * @throws PrivacyError `file_unreadable` when `dir` holds no checkpoint of this version.
 */
export function readCheckpoint(dir: string): CheckpointFacts {
  const path = join(dir, trainerName);
  const facts = readJson(path);
  if (isCheckpoint(facts)) return facts;
  throw new PrivacyError(
    "file_unreadable",
    `${path} was wanted as a checkpoint and is not one of version checkpoint/v2`,
    { path, reason: "not a checkpoint" },
  );
}

/** The choice itself, without what follows from it. */
function samplingOf({ sampling }: PrivacyPlan): Sampling {
  const { probability: _, ...choice } = sampling;
  return choice;
}

const trainerName = "trainer.json";

/** No other name is read or removed, whatever a file says. */
const folderPattern = /^step-\d+(\.\d+)?$/;

function isCheckpoint(value: unknown): value is CheckpointFacts {
  const facts = value as Partial<CheckpointFacts> | null;
  const { plan, optimizer } = facts ?? {};
  return (
    facts?.version === "checkpoint/v2" &&
    [facts.runId, facts.scope, facts.folder].every((text) => typeof text === "string") &&
    folderPattern.test(facts.folder ?? "") &&
    typeof plan === "object" &&
    plan !== null &&
    (facts.clipNorm === null || typeof facts.clipNorm === "number") &&
    (plan.epsilonMax === null || typeof plan.epsilonMax === "number") &&
    typeof optimizer === "object" &&
    optimizer !== null &&
    typeof optimizer.className === "string" &&
    Array.isArray(optimizer.weights) &&
    optimizer.weights.every(isSavedTensor)
  );
}

function isSavedTensor(value: unknown): value is SavedTensor {
  const saved = value as Partial<SavedTensor> | null;
  const isExtent = (extent: unknown): boolean => Number.isSafeInteger(extent) && (extent as number) >= 0;
  return typeof saved?.name === "string" && Array.isArray(saved.shape) && saved.shape.every(isExtent);
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
  const path = join(dir, facts.folder, "optimizer.bin");
  const bytes = Uint8Array.from(readWhole(path));
  if (bytes.length !== 4 * weights.reduce((total, { shape }) => total + sizeOf(shape), 0)) {
    throw new PrivacyError(
      "file_unreadable",
      `${path} was wanted with the optimizer's state and has another length than ${trainerName} says`,
      { path, reason: "another length" },
    );
  }
  const values = new Float32Array(bytes.buffer);
  let offset = 0;
  const tensors: NamedTensor[] = weights.map(({ name, shape }) => {
    const part = values.slice(offset, (offset += sizeOf(shape)));
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

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** A checkpoint is the only way back into its run: another run never takes its place. */
function refuseOtherRun(dir: string, runId: string): void {
  const path = join(dir, trainerName);
  if (!existsSync(path)) return;
  try {
    if (readCheckpoint(dir).runId === runId) return;
  } catch (error) {
    if (!isPrivacyError(error)) throw error;
  }
  throw new PrivacyError(
    "output_occupied",
    `a folder for this run's checkpoints was wanted and ${path} is not of this run; use another folder`,
    { path: dir },
  );
}

/** Never a folder that is there: what `trainer.json` points at is not written to. */
function freshFolderName(dir: string, stepsTaken: number): string {
  let name = `step-${stepsTaken}`;
  for (let i = 1; existsSync(join(dir, name)); i++) name = `step-${stepsTaken}.${i}`;
  return name;
}

/** Also what a crash between state and `trainer.json` left behind. */
function removeOlder(dir: string, current: string): void {
  for (const name of readdirSync(dir)) {
    if (folderPattern.test(name) && name !== current) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
