import { isPrivacyError } from "../core/index.ts";
import { type ThreadPool, builtFile, openThreads } from "../kernels/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import { type Job, writeJob } from "./wasm-job.ts";
import { wasmLoss } from "./wasm-loss.ts";
import { type BatchNumbers, type Bench, type WorkbenchOptions, refit } from "./wasm-fit.ts";
import { foldPart, passRows } from "./wasm-mean.ts";
import { type Layout, countShards } from "./wasm-memory.ts";
import { type NoiseStep, perturbPart, viewNoised, writeNoised } from "./wasm-noise.ts";
import { loadWeights } from "./wasm-pass.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { viewSums } from "./wasm-row-sum.ts";
import { type Step, finisher, passShard, viewBatch } from "./wasm-step.ts";
import type { LayoutMessage } from "./wasm-thread.ts";

/** Facts about the rows of a batch that was summed. */
export interface BatchFacts {
  readonly norms: Float64Array;
  readonly losses: Float64Array;
  readonly isClipped: Int32Array;
}

export interface SummedBatch extends BatchFacts {
  /** Integer multiples of the grid by the ids of the weights. */
  readonly totals: Map<number, Float64Array>;
}

/** A sum that still lies in the memory. */
export interface HeldBatch extends BatchFacts {
  /** @returns (sum + noise) · unit by the ids of the weights. To be called once. */
  addNoise(noise: BlockSource, step: NoiseStep, room?: NoisedRoom): Promise<Map<number, Float32Array>>;
}

export type BlockSource = Required<Pick<GridGaussian, "openBlocks">>;

export type NoisedRoom = ReadonlyMap<number, Float32Array | undefined>;

/** Arrays that may hold the totals, by the ids of the weights. */
export type SumRoom = ReadonlyMap<number, Float64Array | undefined>;

/** Lays batches out and has them summed, by this thread and its helpers. */
export interface Workbench {
  /** Threads that work on a sum of several shards, the calling one among them. */
  readonly threads: number;
  /** @throws PrivacyError `invalid_state` when a thread died; the next sum is made with new ones. */
  sum(batch: BatchNumbers, room?: SumRoom): Promise<SummedBatch>;
  /** The same, and then what is done with the sum where it lies: nobody else has the memory until that has ended. */
  hold<T>(batch: BatchNumbers, use: (held: HeldBatch) => Promise<T>): Promise<T>;
  /** The mean over the rows of their gradients as they are, by the ids of the weights. Of a plain bench. */
  mean(batch: BatchNumbers): Promise<{ readonly gradient: Map<number, Float32Array>; readonly losses: Float64Array }>;
  /** By this thread alone, at once. To be called while nothing else has the memory. */
  sumAlone(batch: BatchNumbers, room?: SumRoom): SummedBatch;
  /** Starts the helpers that sums of so many units will have, so that they are up when the first one comes. */
  expect(units: number): void;
  close(): void;
}

let engines = 0;

export function createWorkbench(options: WorkbenchOptions): Workbench {
  const { plan, kernels } = options;
  const losses = options.losses.map(wasmLoss);
  const entry = options.threads > 1 ? findEntry() : undefined;
  const threads = entry === undefined ? 1 : options.threads;
  const engine = ++engines;
  let kept: Bench | undefined;
  let pool: ThreadPool | undefined;
  let told = 0;
  let broken = 0;
  let isClosed = false;

  const prepare = (batch: BatchNumbers): { bench: Bench; step: Step } => {
    kept = refit({ ...options, threads }, losses, kept, batch);
    kernels.reserve(kept.layout.end);
    const step = putBatch(options, kept, batch);
    loadWeights(kept.layout, plan.variables);
    return { bench: kept, step };
  };

  /** The helpers, told of the layout; none where one thread was asked for or there is one shard. */
  const summon = (bench: Bench, step: Step): ThreadPool | undefined => {
    if (entry === undefined || step.shards === 1 || isClosed) return undefined;
    if (pool?.isBroken === true) broken++;
    // where threads die again and again, this one does the same alone
    if (broken > mostBroken) return undefined;
    if (pool === undefined || pool.isBroken) {
      pool = openThreads(kernels, entry, threads - 1);
      told = 0;
    }
    if (told !== bench.version) pool.tell((helper) => describe(options, engine, bench, helper + 1));
    told = bench.version;
    return pool;
  };

  /** Has jobs done, one after the other. */
  type Runner = (jobs: readonly Jobs[], noise?: NoiseStep) => Promise<void>;

  const begin = (batch: BatchNumbers): { bench: Bench; step: Step; runAll: Runner } => {
    const { bench, step } = prepare(batch);
    const helpers = summon(bench, step);
    const runAll: Runner = async (jobs, noise = noNoise) => {
      for (const { kind, tickets, work } of jobs) {
        const job: Job = { kind, engine, version: bench.version, ...step, ...noise };
        if (helpers === undefined) for (let ticket = 0; ticket < tickets; ticket++) work(ticket);
        else await helpers.run(writeJob(job), tickets, work);
      }
    };
    return { bench, step, runAll };
  };

  const holdBatch = (bench: Bench, step: Step, runAll: Runner): HeldBatch => ({
    ...readFacts(bench, step),
    async addNoise(noise, noiseStep, room) {
      const { layout, layouts, blocks } = bench;
      const words = layouts.map(({ noise: own }) => own.words);
      const { stddev } = noiseStep;
      const draws = noise.openBlocks({ kernels, room: layout.noise, words, blocks, stddev });
      try {
        const work = (number: number): void => perturbPart(layout, blocks, number, noiseStep);
        // a tenth of a millisecond is done sooner than helpers have come and gone
        if (blocks.length < leastSharedBlocks) blocks.forEach((_, number) => work(number));
        else await runAll([{ kind: "noise", tickets: blocks.length, work }], noiseStep);
        for (const number of draws.finish()) writeNoised(layout, blocks[number], noiseStep);
      } finally {
        draws.wipe();
      }
      return readNoised(plan, layout, room);
    },
  });

  return {
    threads,
    sum: (batch, room) =>
      kernels.exclusive(async () => {
        const { bench, step, runAll } = begin(batch);
        await runAll(jobsOf(bench, step));
        return readBatch(plan, bench, step, room);
      }),
    hold: (batch, use) =>
      kernels.exclusive(async () => {
        const { bench, step, runAll } = begin(batch);
        await runAll(jobsOf(bench, step));
        return use(holdBatch(bench, step, runAll));
      }),
    mean: (batch) =>
      kernels.exclusive(async () => {
        const { bench, step, runAll } = begin(batch);
        const unit = 1 / Math.max(1, batch.rows);
        const pass = {
          kind: "plain-pass",
          tickets: step.shards,
          work: (t: number) => passRows(bench, step, t),
        } as const;
        const fold = (t: number): void => foldPart(bench, step, t, unit);
        await runAll([pass, { kind: "plain-fold", tickets: bench.tasks.length, work: fold }], { stddev: 0, unit });
        return { gradient: readNoised(plan, bench.layout), losses: readFacts(bench, step).losses };
      }),
    sumAlone(batch, room) {
      const { bench, step } = prepare(batch);
      for (const { tickets, work } of jobsOf(bench, step)) for (let t = 0; t < tickets; t++) work(t);
      return readBatch(plan, bench, step, room);
    },
    expect(units) {
      if (entry !== undefined && countShards(plan, Math.ceil(units)) > 1) {
        pool ??= openThreads(kernels, entry, threads - 1);
      }
    },
    close() {
      isClosed = true;
      // a sum that is under way keeps its helpers
      void kernels.exclusive(release);
    },
  };

  function release(): void {
    pool?.tell((): LayoutMessage => ({ engine, version: 0 }));
    void pool?.close();
    pool = undefined;
  }
}

const mostBroken = 16;
const leastSharedBlocks = 4;
const noNoise: NoiseStep = { stddev: 0, unit: 0 };

/** The module of the helpers; without it (a bundle, say) one thread makes the same sums. */
function findEntry(): URL | undefined {
  try {
    return builtFile("gradients", "wasm-thread.js", import.meta.url);
  } catch (error) {
    if (isPrivacyError(error) && error.code === "file_unreadable") return undefined;
    throw error;
  }
}

interface Jobs {
  readonly kind: Job["kind"];
  readonly tickets: number;
  readonly work: (ticket: number) => void;
}

function jobsOf(bench: Bench, step: Step): Jobs[] {
  return [
    { kind: "pass", tickets: step.shards, work: (shard) => passShard(bench, step, shard) },
    { kind: "finish", tickets: bench.tasks.length, work: finisher(bench, step) },
  ];
}

function putBatch({ plan, kernels }: WorkbenchOptions, bench: Bench, batch: BatchNumbers): Step {
  const { layout } = bench;
  const { rows, runs, parts, gridExponent, seeds, groupSizes } = batch;
  const units = groupSizes?.length ?? rows;
  const { plainShards } = bench.shape;
  const shards = plainShards === undefined ? countShards(plan, units) : Math.min(plainShards, Math.ceil(rows / 4) || 1);
  const step: Step = { rows, units, shards, runs: runs.length, gridExponent };
  const floats = kernels.floats();
  batch.x.forEach((values, k) => floats.set(values, layout.batch.inputs[k] / 4));
  const views = viewBatch(layout, step, bench.losses, parts.length);
  batch.y.forEach((values, o) => views.labels[o].set(values));
  // a row's weight lies where its loss will
  if (batch.weights === undefined) views.losses.fill(1);
  else views.losses.set(batch.weights);
  views.isClipped.fill(0);
  views.runLengths.set(runs.map((run) => run.length));
  views.clips.set(parts.flatMap(({ l2ClipNorm, gamma }) => [l2ClipNorm, gamma]));
  let slot = 0;
  for (const run of runs) for (const unit of run) views.slots[unit] = slot++;
  views.starts?.forEach((_, unit, starts) => {
    starts[unit] = unit === 0 ? 0 : starts[unit - 1] + (groupSizes?.[unit - 1] ?? 1);
  });
  if (layout.seeds !== 0) new Uint32Array(floats.buffer).set(seeds ?? [], layout.seeds / 4);
  return step;
}

/** Copies of what the memory holds: the next batch is laid out over it. */
function readBatch(plan: WasmPlan, bench: Bench, step: Step, room?: SumRoom): SummedBatch {
  const totals = [...viewSums(bench.layout)].map(([weight, values]): [number, Float64Array] => {
    const { id } = plan.variables[weight];
    return [id, copyInto(values, room?.get(id))];
  });
  return { totals: new Map(totals), ...readFacts(bench, step) };
}

function readFacts({ layout, losses, partLayers }: Bench, step: Step): BatchFacts {
  const views = viewBatch(layout, step, losses, partLayers.length);
  return {
    norms: new Float64Array(views.norms),
    losses: new Float64Array(views.losses),
    isClipped: new Int32Array(views.isClipped),
  };
}

function readNoised(plan: WasmPlan, layout: Layout, room?: NoisedRoom): Map<number, Float32Array> {
  const values = [...viewNoised(layout)].map(([weight, noised]): [number, Float32Array] => {
    const { id } = plan.variables[weight];
    const own = room?.get(id);
    if (own?.length !== noised.length || own.buffer instanceof SharedArrayBuffer) return [id, new Float32Array(noised)];
    own.set(noised);
    return [id, own];
  });
  return new Map(values);
}

/** Never shared with other threads, as what it copies is. */
function copyInto(values: Float64Array, room: Float64Array | undefined): Float64Array {
  if (room?.length !== values.length || room.buffer instanceof SharedArrayBuffer) return new Float64Array(values);
  room.set(values);
  return room;
}

function describe({ losses }: WorkbenchOptions, engine: number, bench: Bench, thread: number): LayoutMessage {
  const { kernels: _, ...layout } = bench.layouts[thread];
  const { version, partLayers } = bench;
  return { engine, version, plan: { layout, losses, partLayers } };
}
