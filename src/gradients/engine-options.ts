import { availableParallelism } from "node:os";
import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { PrivacyError, invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { type Clip, parseClip, partsOf, totalClipNorm } from "./clip.ts";
import type { ClipBound, EngineWeight, GradientBatch, TfjsEngineOptions } from "./engine.ts";
import { type LayerView, type WeightView, leaves, sizeOf, viewModel } from "./layer-view.ts";
import { describe } from "./loss.ts";
import { chooseGridExponent, maxBatchRows, priceRounding } from "./rounding.ts";
import { countRuns } from "./runs.ts";

const defaultExpectedBatchSize = 512;
/** Rows per pass where nobody says: as many as fit, and no more than are faster together. */
const mostPhysicalRows = 256;
const physicalBytes = 2 ** 28;
const mostThreads = 64;

/** A step is a few milliseconds of work in few pieces: more than four threads would mostly wait for each other. */
const defaultThreads = (): number => Math.min(4, availableParallelism());

export interface ParsedEngineOptions {
  readonly clip: Clip;
  readonly physicalBatchSize: number;
  readonly expectedBatchSize: number;
  readonly runs: number;
  readonly threads: number;
}

/** What both engines ask of their options: the ranges that the bound on rounding was proven for. */
export function parseEngineOptions(options: TfjsEngineOptions): ParsedEngineOptions {
  const clip = resolveClip(options);
  const physicalBatchSize = parsePositiveInteger(
    options.physicalBatchSize ?? choosePhysicalBatchSize(options.model),
    "physicalBatchSize",
  );
  const threads = parsePositiveInteger(options.threads ?? defaultThreads(), "threads");
  if (threads > mostThreads) throw invalidArgument("threads", `at most ${mostThreads}`, threads);
  const expectedBatchSize = parseExpectedBatchSize(options.expectedBatchSize);
  return { clip, physicalBatchSize, expectedBatchSize, runs: countRuns(expectedBatchSize), threads };
}

/** By what one row needs: each layer's output, its gradient and a copy, and the largest gradient that is written out. */
export function choosePhysicalBatchSize(model: LayersModel): number {
  const layers = leaves(viewModel(model));
  const outputs = layers.reduce((sum, layer) => sum + Math.max(0, ...layer.inboundNodes.map(outputFloats)), 0);
  // gradients of these are mostly products of two short factors, or a few rows
  const written = layers.filter((layer) => !["Dense", "Embedding"].includes(layer.getClassName()));
  const largest = Math.max(0, ...written.map((layer) => layer.weights.reduce((sum, w) => sum + sizeOf(w), 0)));
  return Math.max(1, Math.min(mostPhysicalRows, Math.floor(physicalBytes / (4 * (3 * outputs + largest + 1)))));
}

function outputFloats({ outputShapes }: LayerView["inboundNodes"][number]): number {
  return outputShapes.reduce(
    (sum, [, ...shape]) => sum + shape.reduce<number>((size, axis) => size * (axis ?? 1), 1),
    0,
  );
}

function resolveClip({ clip, l2ClipNorm }: TfjsEngineOptions): Clip {
  if (clip === undefined) return parseClip({ kind: "flat", l2ClipNorm: l2ClipNorm as number });
  if (l2ClipNorm === undefined) return parseClip(clip);
  throw invalidArgument("l2ClipNorm", "given once: at the top level or in clip", "both");
}

/** What a clip costs on a model: of the engine's own kind, with a norm for every layer where it is per layer. */
export function boundOfClip(clip: Clip, own: Clip, layerNames: readonly string[], dimension: number): ClipBound {
  const parsed = parseClip(clip);
  if (parsed.kind !== own.kind) throw invalidArgument("clip.kind", JSON.stringify(own.kind), parsed.kind);
  partsOf(parsed, layerNames);
  const norm = totalClipNorm(parsed);
  const gridExponent = chooseGridExponent(norm, dimension);
  const surcharge = Object.freeze(priceRounding(norm, dimension, gridExponent));
  return Object.freeze({ sensitivity: norm + surcharge.total, gridExponent, surcharge });
}

/** The number of groups of a batch, or of its rows where it has none. */
export function requireUnits(batch: GradientBatch, rows: number, isGrouped: boolean): number {
  const { groupSizes } = batch;
  if ((groupSizes !== undefined) !== isGrouped) {
    const wanted = isGrouped
      ? "given: the engine was made for groups"
      : "left out: the engine was made for single rows";
    throw invalidArgument("groupSizes", wanted, isGrouped ? "nothing" : "groups");
  }
  if (groupSizes === undefined) return rows;
  if (!groupSizes.every((size) => size > 0) || groupSizes.reduce((sum, size) => sum + size, 0) !== rows) {
    throw invalidArgument("groupSizes", "sizes >= 1 that add up to the rows", "something else");
  }
  return groupSizes.length;
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
  const y: readonly tf.Tensor[] = Array.isArray(batch.y) ? batch.y : [batch.y];
  const inputs = model.inputs;
  if (x.length !== inputs.length) throw invalidArgument("x", `${inputs.length} tensors`, `${x.length}`);
  const rows = y[0]?.shape[0] ?? -1;
  if ([...x, ...y].some((t) => t.rank === 0 || t.shape[0] !== rows)) {
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
