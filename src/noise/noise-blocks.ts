import { createCipheriv } from "node:crypto";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import type { Kernels } from "../kernels/index.ts";
import { COARSE_ERROR, LARGEST_STDDEV, LARGEST_VALUE, resolveDraw } from "./grid-draw.ts";
import { BLOCK_BYTES, CHUNKS_PER_KEY, CHUNK_BYTES, KEY_BYTES, type Keystream } from "./keystream.ts";
import { MOST_DRAWS, putTable, tableBytes } from "./noise-kernel.ts";
import type { QuantileTable } from "./quantile-table.ts";

/*
 * Noise on threads. Values are cut into blocks, each with a chunk of the stream to itself: where a block's words stand is
 * known without drawing another one, so that any thread may make it and none of its bits depends on which.
 */

/** Most values of a block: those that one chunk of the stream is for. What a shorter block leaves of it is not used. */
export const blockDraws: number = MOST_DRAWS;

/** The blocks of so many values that lie one after the other. */
export const countBlocks = (values: number): number => Math.ceil(values / blockDraws);

/** Where a job finds everything in the kernels' memory, as byte offsets. */
export interface NoiseRoom {
  /** `noiseRoomBytes.table`, aligned to 64; made by `openBlocks`. */
  readonly table: number;
  /** `noiseRoomBytes.keys(blocks)`: secret while the job runs, zeros afterwards. */
  readonly keys: number;
  /** An i32 per block: how many of its values have their noise, or why it has none. */
  readonly marks: number;
  /** `noiseRoomBytes.words`, of one thread; zeros after each block. */
  readonly words: number;
}

const secretBytes = KEY_BYTES + BLOCK_BYTES;

/** Bytes of the parts of a `NoiseRoom`. */
interface NoiseRoomBytes {
  readonly table: number;
  readonly words: number;
  keys(blocks: number): number;
}

export const noiseRoomBytes: NoiseRoomBytes = {
  table: tableBytes,
  words: CHUNK_BYTES,
  keys: (blocks) => secretBytes * Math.ceil(blocks / CHUNKS_PER_KEY),
};

/** Values of one block: `count` f64, whole numbers. */
export interface NoiseBlock {
  readonly values: number;
  readonly count: number;
}

/** Marks of a block that has no noise. */
const [tooLarge, notWhole] = [-1, -2];

const zeros = new Uint8Array(CHUNK_BYTES);

/**
 * Adds the noise of block number `number` in place, on any thread; stops before a draw that the table does not decide.
 *
 * @param stddev - σ in units of the grid, in [0, 2^46].
 */
export function drawBlock(
  kernels: Kernels,
  room: NoiseRoom,
  { values, count }: NoiseBlock,
  number: number,
  stddev: number,
): void {
  const { run } = kernels;
  const marks = new Int32Array(kernels.floats().buffer, room.marks);
  if (run.areWhole(values, count) === 0) {
    marks[number] = notWhole;
    return;
  }
  let done = count;
  if (stddev > 0) {
    writeWords(kernels, room, number, count);
    done = run.perturb(values, room.words, count, room.table, stddev, decidedBy(stddev));
    run.clear(room.words, 8 * count);
  }
  marks[number] = run.settle(values, done, LARGEST_VALUE) === 0 ? tooLarge : done;
}

/** The block's part of the stream: the chunk of its number, as `openKeystream` makes it from the same source. */
function writeWords(kernels: Kernels, room: NoiseRoom, number: number, count: number): void {
  const { buffer } = kernels.floats();
  const secret = new Uint8Array(secretBytes);
  const from = room.keys + secretBytes * Math.floor(number / CHUNKS_PER_KEY);
  secret.set(new Uint8Array(buffer, from, secretBytes));
  const counter = secret.subarray(KEY_BYTES);
  advance(counter, ((number % CHUNKS_PER_KEY) * CHUNK_BYTES) / BLOCK_BYTES);
  const cipher = createCipheriv("aes-256-ctr", secret.subarray(0, KEY_BYTES), counter);
  secret.fill(0);
  const words = cipher.update(zeros.subarray(0, 8 * count));
  new Uint8Array(buffer, room.words, 8 * count).set(words);
  words.fill(0);
}

/** counter + blocks mod 2^128, the most significant byte first. */
function advance(counter: Uint8Array, blocks: number): void {
  let carry = blocks;
  for (let i = counter.length - 1; i >= 0 && carry > 0; i--) {
    carry += counter[i];
    counter[i] = carry & 0xff;
    carry = Math.floor(carry / 256);
  }
}

/** Blocks to be drawn together. */
export interface BlockJob {
  readonly kernels: Kernels;
  /** The calling thread's. */
  readonly room: NoiseRoom;
  /** The words of every thread. */
  readonly words: readonly number[];
  readonly blocks: readonly NoiseBlock[];
  /** In units of the grid. */
  readonly stddev: number;
}

/** The noise of one job, from its keys on. */
export interface BlockDraws {
  /**
   * To be called when every block was drawn: decides what the table left open, block by block.
   *
   * @returns the numbers of the blocks that it went on with.
   * @throws PrivacyError `numerical_failure` as `addNoise`; nothing of the job is to be used then.
   */
  finish(): number[];
  /** Overwrites keys and words of all threads; to be called however the job ended. */
  wipe(): void;
}

/**
 * Draws fresh keys for a job and lays its table out.
 *
 * @param extra - bits for draws that 64 bits do not decide: read by the calling thread alone, in the order of the blocks.
 * @guarantee No key is used twice, also where a job fails.
 */
export function openBlocks(random: RandomSource, extra: Keystream, table: QuantileTable, job: BlockJob): BlockDraws {
  const { kernels, room, blocks, stddev } = job;
  if (!(stddev >= 0 && stddev <= LARGEST_STDDEV)) {
    throw invalidArgument("stddevInGridUnits", "a number in [0, 2^46]", stddev, "choose a coarser grid for more noise");
  }
  const { buffer } = kernels.floats();
  putTable(kernels, room.table, table);
  const keys = new Uint8Array(buffer, room.keys, noiseRoomBytes.keys(blocks.length));
  const secret = new Uint8Array(keys.length);
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a RandomSource is no array
  if (stddev > 0)
    for (let at = 0; at < keys.length; at += secretBytes) random.fill(secret.subarray(at, at + secretBytes));
  keys.set(secret);
  secret.fill(0);
  const marks = new Int32Array(buffer, room.marks, blocks.length).fill(0);
  const decide: Decider = (low, high) => resolveDraw(low, high, table, stddev, extra);
  return {
    finish() {
      const open = blocks.flatMap(({ count }, number) => (marks[number] === count ? [] : [number]));
      for (const number of open) finishBlock(job, number, marks[number], decide);
      return open;
    },
    wipe() {
      kernels.run.clear(room.keys, keys.length);
      for (const at of job.words) kernels.run.clear(at, CHUNK_BYTES);
    },
  };
}

/** Goes on with a block where the table left a draw open, and again after that one. */
function finishBlock({ kernels, room, blocks, stddev }: BlockJob, number: number, mark: number, more: Decider): void {
  if (mark < 0) throw failure(mark);
  const { values, count } = blocks[number];
  const { words } = room;
  const { run } = kernels;
  const { buffer } = kernels.floats();
  const own = new Float64Array(buffer, values, count);
  const stream = new Uint32Array(buffer, words, 2 * count);
  writeWords(kernels, room, number, count);
  for (let done = mark; done < count;) {
    own[done] += more(stream[2 * done], stream[2 * done + 1] | 0);
    done += 1;
    done += run.perturb(values + 8 * done, words + 8 * done, count - done, room.table, stddev, decidedBy(stddev));
  }
  run.clear(words, 8 * count);
  if (run.settle(values, count, LARGEST_VALUE) === 0) throw failure(tooLarge);
}

/** The draw at two words. */
type Decider = (low: number, high: number) => number;

const decidedBy = (stddev: number): number => 0.5 - stddev * COARSE_ERROR;

function failure(mark: number): PrivacyError<"numerical_failure"> {
  const reason = mark === tooLarge ? "a noised value reached 2^52 grid units" : "a sum is no whole number";
  return new PrivacyError("numerical_failure", `noise on the grid was wanted, but ${reason}; choose a coarser grid`, {
    routine: "drawBlock",
    reason,
  });
}
