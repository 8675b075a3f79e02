import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { Kernels } from "../kernels/index.ts";
import type { ClipPart } from "./clip.ts";
import type { LossPlan, WasmLoss } from "./wasm-loss.ts";
import { type BatchShape, type Layout, chooseChunkRows, countShards, layOut } from "./wasm-memory.ts";
import { noiseTasks } from "./wasm-noise.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { finishTasks } from "./wasm-row-sum.ts";
import type { StepTools } from "./wasm-step.ts";

/** What one engine fixes at attach. */
export interface WorkbenchOptions {
  readonly plan: WasmPlan;
  readonly kernels: Kernels;
  /** Of every output. */
  readonly losses: readonly LossPlan[];
  readonly physicalBatchSize: number;
  readonly threads: number;
  /** For plain gradients only: for those of a batch and no others, of a plan without stored rows. */
  readonly isPlain?: boolean;
}

/** A batch as numbers. */
export interface BatchNumbers {
  readonly x: readonly ArrayLike<number>[];
  /** The labels of every output. */
  readonly y: readonly ArrayLike<number>[];
  /** By row, in [0, 1]; without them all are 1. */
  readonly weights?: ArrayLike<number> | undefined;
  readonly rows: number;
  /** Rows of each group, for plans with groups; left out, each is one row. */
  readonly groupSizes?: Uint32Array | undefined;
  /** The units of each run: groups, or rows. */
  readonly runs: readonly (readonly number[])[];
  readonly parts: readonly ClipPart[];
  readonly gridExponent: number;
  /** Two words per row, from which its Dropout masks are made; without them there are none. */
  readonly seeds?: Uint32Array | undefined;
}

/** A layout for batches of some size, once for each thread. */
export interface Bench extends StepTools {
  readonly layouts: readonly Layout[];
  readonly key: string;
  readonly shape: BatchShape;
  readonly version: number;
}

let versions = 0;

/** The layout that is there where the batch fits it, otherwise one with some room: sampled batches differ in size. */
export function refit(
  options: WorkbenchOptions,
  losses: readonly WasmLoss[],
  kept: Bench | undefined,
  batch: BatchNumbers,
): Bench {
  const { plan, kernels, threads, isPlain = false } = options;
  const { runs, parts, seeds } = batch;
  const key = JSON.stringify([runs.length, parts.map(({ layer }) => layer), seeds !== undefined]);
  const needed = isPlain ? { rows: batch.rows, units: 1, groupRows: 1 } : sizeOf(batch);
  const isFitting = (name: (typeof sizes)[number]): boolean => needed[name] <= (kept?.shape[name] ?? 0);
  if (kept?.key === key && sizes.every(isFitting)) return kept;
  const rows = roomy(needed.rows);
  const common = {
    rows,
    runs: runs.length,
    parts: parts.length,
    labelSizes: losses.map(({ labelSize }) => labelSize),
    hasMasks: seeds !== undefined,
  };
  const shape = isPlain ? shapePlain(options, common) : shapeUnits(options, common, needed, kept);
  const layouts = layOut(kernels, plan, fitShape(kernels, plan, shape, threads), threads);
  const [layout] = layouts;
  const partLayers = parts.map(({ layer }) => layer);
  const work = { tasks: finishTasks(layout.sums), blocks: noiseTasks(layout.sums) };
  return { layouts, layout, losses, partLayers, ...work, key, shape, version: ++versions };
}

type Common = Pick<BatchShape, "rows" | "runs" | "parts" | "labelSizes" | "hasMasks">;

const roomy = (count: number): number => 32 * Math.ceil((1.125 * Math.max(1, count)) / 32);

function shapeUnits(options: WorkbenchOptions, common: Common, needed: Sizes, kept: Bench | undefined): BatchShape {
  const { plan, physicalBatchSize } = options;
  const { rows } = common;
  const units = plan.isGrouped ? Math.min(rows, roomy(needed.units)) : rows;
  const groupRows = plan.isGrouped ? Math.max(needed.groupRows, kept?.shape.groupRows ?? 1) : 1;
  const perShard = 4 * Math.ceil(rows / countShards(plan, units) / 4);
  const chunkRows = Math.max(groupRows, chooseChunkRows(plan, physicalBatchSize, perShard));
  return { ...common, units, groupRows, chunkRows };
}

/** Plain gradients are formed of a whole chunk at once, and added up by each thread. */
function shapePlain({ plan, physicalBatchSize, threads }: WorkbenchOptions, common: Common): BatchShape {
  const perShard = 4 * Math.ceil(common.rows / threads / 4);
  const chunkRows = chooseChunkRows(plan, physicalBatchSize, perShard);
  return { ...common, units: 1, groupRows: chunkRows, chunkRows, plainShards: threads };
}

type Sizes = Record<(typeof sizes)[number], number>;

const sizes = ["rows", "units", "groupRows"] as const;

/** What a layout must hold. */
function sizeOf({ rows, groupSizes }: BatchNumbers): Sizes {
  return {
    rows,
    units: groupSizes?.length ?? rows,
    groupRows: groupSizes?.reduce((most, size) => Math.max(most, size), 1) ?? 1,
  };
}

/** What a memory of WebAssembly can hold, in bytes. */
const mostBytes = 2 ** 32;

/** Shorter chunks where long ones do not fit: no bit of a sum depends on them. */
function fitShape(kernels: Kernels, plan: WasmPlan, shape: BatchShape, threads: number): BatchShape {
  const bytesOf = (other: BatchShape): number => {
    return layOut({ ...kernels, reserve: () => {} }, plan, other, threads)[0].end;
  };
  let fitting = shape;
  // no group is cut
  const least = shape.groupRows ?? 1;
  while (fitting.chunkRows > least && bytesOf(fitting) > mostBytes) {
    fitting = { ...fitting, chunkRows: Math.max(least, Math.floor(fitting.chunkRows / 2)) };
  }
  if (bytesOf(fitting) <= mostBytes) return fitting;
  const smallest = { ...fitting, groupRows: 1, chunkRows: 1 };
  const fits = (count: number): boolean => bytesOf({ ...smallest, rows: count, units: count }) <= mostBytes;
  // where single rows would fit, how many there are is nobody's business
  if (fits(shape.rows)) throw tooLargeGroup();
  // a function of the model and the threads: it tells nothing of the batch but that it is larger
  throw tooManyRows(mostThat(fits, shape.rows));
}

/** The largest count below `end` that fits; 0 if none does. */
function mostThat(fits: (count: number) => boolean, end: number): number {
  let [low, high] = [0, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function tooLargeGroup(): PrivacyError<"invalid_argument"> {
  return invalidArgument(
    "groupSizes",
    "groups of which each fits in the 4 GiB of kernel memory",
    "a larger one",
    "allow fewer rows per unit or fewer views, or use fewer threads",
  );
}

function tooManyRows(rows: number): PrivacyError<"invalid_argument"> {
  const expected = rows === 0 ? "of a smaller model" : `of at most ${rows} rows`;
  return new PrivacyError(
    "invalid_argument",
    `batch must be ${expected} to fit in the 4 GiB of kernel memory, got a larger one; sample fewer rows, use fewer threads, or choose the tfjs engine, whose memory a smaller physicalBatchSize bounds`,
    { argument: "batch", expected },
  );
}
