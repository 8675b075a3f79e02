import { type Tensor, clone, concat, dispose, gather, slice, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { PrivacyError, invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { mapTargets, tensorsOf } from "./batch.ts";
import type { Batch } from "./rows.ts";
import type { UnitBatch } from "./unit-batch.ts";

/** Several views of each record in one step. They are averaged before the clip, so that they cost nothing. */
export interface Augmentations {
  /** K: how often each record is shown. */
  readonly views: number;
  /**
   * Makes one view of one record: inputs of shape [1, …] to new inputs of the same shapes. Called for each record by
   * itself, so that no view can see another record. `view` counts from 0 to K − 1. It may draw its own randomness; the
   * tensors that it makes are disposed.
   */
  readonly augment: (x: Tensor[], view: number) => Tensor[];
}

const mostViews = 1024;

/** @throws PrivacyError `invalid_argument`, naming the field. */
export function parseAugmentations(augmentations: Augmentations | undefined): Augmentations | undefined {
  if (augmentations === undefined) return undefined;
  const views = parsePositiveInteger(augmentations?.views, "augmentations.views");
  if (views > mostViews) throw invalidArgument("augmentations.views", `at most ${mostViews}`, views);
  if (typeof augmentations?.augment === "function") return augmentations;
  throw invalidArgument("augmentations.augment", "a function of (x, view)", typeof augmentations.augment);
}

/**
 * Puts the views of each row in its place: a group of n rows becomes one of n · K. The batch given is disposed.
 *
 * @throws PrivacyError `invalid_argument` when a view has another shape than its record.
 */
export function addViews(batch: Batch, sizes: Uint32Array, augmentations: Augmentations | undefined): UnitBatch {
  if (augmentations === undefined) return { ...batch, groupSizes: sizes };
  const { views } = augmentations;
  const rows = batch.y.shape[0] ?? 0;
  try {
    if (rows === 0) return { x: batch.x.map((t) => t.clone()), ...mapTargets(batch, clone), groupSizes: sizes };
    const shown = tidy(() => showRows(batch, rows, augmentations) as never) as Shown;
    return { ...shown, groupSizes: sizes.map((size) => size * views) };
  } finally {
    dispose(tensorsOf(batch));
  }
}

type Shown = Pick<Batch, "x" | "y" | "moreLabels" | "sampleWeights" | "lossMask">;

function showRows(batch: Batch, rows: number, { views, augment }: Augmentations): Shown {
  const shown = batch.x.map((): Tensor[] => []);
  for (let row = 0; row < rows; row++) {
    const own = batch.x.map((t) => rowOf(t, row));
    for (let view = 0; view < views; view++) {
      requireLike(augment(own, view), own).forEach((t, i) => shown[i]?.push(t));
    }
  }
  const repeated = tensor1d(
    Int32Array.from({ length: rows * views }, (_, i) => Math.floor(i / views)),
    "int32",
  );
  return { x: shown.map((parts) => concat(parts, 0)), ...mapTargets(batch, (t) => gather(t, repeated)) };
}

function rowOf(t: Tensor, row: number): Tensor {
  return slice(t, [row, ...t.shape.slice(1).map(() => 0)], [1, ...t.shape.slice(1)]);
}

function requireLike(made: unknown, own: readonly Tensor[]): Tensor[] {
  const tensors = made as Tensor[];
  const isAlike =
    Array.isArray(made) &&
    tensors.length === own.length &&
    tensors.every((t, i) => t?.shape !== undefined && String(t.shape) === String(own[i]?.shape));
  if (isAlike) return tensors;
  throw new PrivacyError(
    "invalid_argument",
    "augmentations.augment must return a list of inputs of the shapes that it was given, and returned something else; the batch was not used",
    { argument: "augmentations.augment", expected: "inputs of the same shapes" },
  );
}
