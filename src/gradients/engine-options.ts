import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { PrivacyError, invalidArgument, parseL2ClipNorm, parsePositiveInteger } from "../core/index.ts";
import type { EngineWeight, GradientBatch, TfjsEngineOptions } from "./engine.ts";
import { type WeightView, sizeOf } from "./layer-view.ts";
import { describe } from "./loss.ts";
import { maxBatchRows } from "./rounding.ts";
import { countRuns } from "./runs.ts";

const defaultExpectedBatchSize = 512;
const defaultPhysicalBatchSize = 256;

export interface ParsedEngineOptions {
  readonly l2ClipNorm: number;
  readonly physicalBatchSize: number;
  readonly runs: number;
}

/** What both engines ask of their options: the ranges that the bound on rounding was proven for. */
export function parseEngineOptions(options: TfjsEngineOptions): ParsedEngineOptions {
  const l2ClipNorm = parseL2ClipNorm(options.l2ClipNorm);
  if (!(l2ClipNorm >= 1e-12 && l2ClipNorm <= 1e12)) {
    throw invalidArgument("l2ClipNorm", "in [1e-12, 1e12]", l2ClipNorm, "scale the loss instead");
  }
  const physicalBatchSize = parsePositiveInteger(
    options.physicalBatchSize ?? defaultPhysicalBatchSize,
    "physicalBatchSize",
  );
  return { l2ClipNorm, physicalBatchSize, runs: countRuns(parseExpectedBatchSize(options.expectedBatchSize)) };
}

function parseExpectedBatchSize(value: number | undefined): number {
  const size = value ?? defaultExpectedBatchSize;
  if (Number.isFinite(size) && size > 0 && size <= maxBatchRows / 2) return size;
  throw invalidArgument("expectedBatchSize", `a number in (0, ${maxBatchRows / 2}]`, value);
}

export function describeWeight(weight: WeightView): EngineWeight {
  return Object.freeze({ name: weight.name, shape: weight.shape.map(Number), size: sizeOf(weight) });
}

export function requireAlive(isDisposed: boolean): void {
  if (!isDisposed) return;
  throw new PrivacyError("invalid_state", "a live gradient engine was wanted, this one was disposed; create another", {
    object: "GradientEngine",
    state: "disposed",
  });
}

/** The number of rows; their count itself is private and in no message. */
export function requireRows(model: LayersModel, batch: GradientBatch): number {
  const x: readonly tf.Tensor[] = Array.isArray(batch.x) ? batch.x : [batch.x];
  const { y } = batch;
  const inputs = model.inputs;
  if (x.length !== inputs.length) throw invalidArgument("x", `${inputs.length} tensors`, `${x.length}`);
  const rows = y.shape[0] ?? -1;
  if (y.rank === 0 || x.some((t) => t.shape[0] !== rows)) {
    throw invalidArgument("x and y", "tensors with one row per example, as many in each", "another number");
  }
  inputs.forEach((input, i) => {
    const wanted = input.shape.slice(1);
    const got = x[i].shape.slice(1);
    if (wanted.length !== got.length || wanted.some((axis, k) => axis !== null && axis !== got[k])) {
      throw invalidArgument("x", `of shape [batch, ${wanted.map((axis) => axis ?? "any").join(", ")}]`, describe(x[i]));
    }
  });
  if (rows > maxBatchRows) throw invalidArgument("batch", `at most ${maxBatchRows} rows`, "more", "sample fewer");
  return rows;
}
