import { describe, expect, it } from "vitest";
import { createKernels } from "../kernels/index.ts";
import { seededRandom } from "../testing/index.ts";
import { resolveDraw } from "./grid-draw.ts";
import { addNoiseFrom, createGridGaussian } from "./grid-gaussian.ts";
import { type Keystream, openKeystream, takeBits64 } from "./keystream.ts";
import {
  type BlockDraws,
  type BlockJob,
  type NoiseRoom,
  blockDraws,
  countBlocks,
  drawBlock,
  noiseRoomBytes,
  openBlocks,
} from "./noise-blocks.ts";
import { quantileTable } from "./quantile-table.ts";

const table = quantileTable();
const kernels = createKernels();
const most = 20 * blockDraws;

/** Room for two threads, and the values. */
const [rooms, valuesAt] = layOut();

function layOut(): [NoiseRoom[], number] {
  let end = 64 * Math.ceil(kernels.base / 64);
  const take = (bytes: number): number => {
    const at = end;
    end = 64 * Math.ceil((end + bytes) / 64);
    return at;
  };
  const shared = { table: take(noiseRoomBytes.table), keys: take(noiseRoomBytes.keys(32)), marks: take(128) };
  const own = [0, 1].map(() => ({ ...shared, words: take(noiseRoomBytes.words) }));
  const values = take(8 * most);
  kernels.reserve(end);
  return [own, values];
}

const viewValues = (count: number): Float64Array => new Float64Array(kernels.floats().buffer, valuesAt, count);

function jobOf(values: Float64Array, stddev: number): BlockJob {
  viewValues(values.length).set(values);
  const blocks = Array.from({ length: countBlocks(values.length) }, (_, k) => ({
    values: valuesAt + 8 * blockDraws * k,
    count: Math.min(blockDraws, values.length - blockDraws * k),
  }));
  return { kernels, room: rooms[0], words: rooms.map(({ words }) => words), blocks, stddev };
}

/** Who does which block, in which order. */
type Order = (blocks: number) => [number: number, thread: number][];
const inOrder: Order = (blocks) => Array.from({ length: blocks }, (_, k) => [k, 0]);
const turned: Order = (blocks) => inOrder(blocks).map(([k]) => [blocks - 1 - k, k % 2]);

interface Result {
  readonly noised: Float64Array;
  readonly open: number[];
}

function drawAll(values: Float64Array, stddev: number, seed: string, order = inOrder): Result {
  const job = jobOf(values, stddev);
  const draws = openBlocks(seededRandom(seed), openKeystream(seededRandom("more")), table, job);
  for (const [k, thread] of order(job.blocks.length)) drawBlock(kernels, rooms[thread], job.blocks[k], k, stddev);
  const open = draws.finish();
  draws.wipe();
  return { noised: viewValues(values.length).slice(), open };
}

const smallNumbers = (count: number): Float64Array => Float64Array.from({ length: count }, (_, k) => (k % 17) - 8);

const isSame = (a: Float64Array, b: Float64Array): boolean =>
  Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;

/** Draw by draw, by the function that decides every draw, from chunks of the stream and another one for more bits. */
function oneByOne(values: Float64Array, stddev: number, seed: string): Float64Array {
  const [stream, more] = [openKeystream(seededRandom(seed)), openKeystream(seededRandom("more"))];
  return values.map((value, i) => {
    if (i % blockDraws === 0) stream.refill();
    const place = 2 * (i % blockDraws);
    return value + resolveDraw(stream.unsigned[place], stream.signed[place + 1], table, stddev, more) + 0;
  });
}

describe("noise in blocks", () => {
  it.each([0.3, 17.25, 1e6])("is that of the one stream of the same key, over two keys, at σ = %d", (stddev) => {
    const values = smallNumbers(most);
    const { noised, open } = drawAll(values, stddev, `blocks ${stddev}`);
    // the stream goes on through a draw that is left open, blocks do not: these seeds have none
    expect(open).toEqual([]);
    expect(isSame(noised, addNoiseFrom(openKeystream(seededRandom(`blocks ${stddev}`)), table, values, stddev))).toBe(
      true,
    );
  });

  it.each([2 ** 34, 2 ** 38, 2 ** 42, 2 ** 46])("decides what the table leaves open, at σ = %d", (stddev) => {
    const values = smallNumbers(stddev > 2 ** 40 ? 500 : blockDraws + 900);
    const { noised, open } = drawAll(values, stddev, "open");
    expect(open.length).toBeGreaterThan(0);
    expect(isSame(noised, oneByOne(values, stddev, "open"))).toBe(true);
  });

  it.each([1, 2 ** 32])("gives the same bits whoever draws which block, in any order, at σ = %d", (stddev) => {
    const values = smallNumbers(5 * blockDraws + 77);
    const [one, other] = [inOrder, turned].map((order) => drawAll(values, stddev, "order", order));
    expect(isSame(one.noised, other.noised)).toBe(true);
    expect(one.open).toEqual(other.open);
  });

  it("leaves no key and no word behind, whether the job ended or not", () => {
    const job = jobOf(smallNumbers(most), 3);
    const draws = openBlocks(seededRandom("wipe"), openKeystream(seededRandom("more")), table, job);
    const { buffer } = kernels.floats();
    const keys = new Uint8Array(buffer, rooms[0].keys, noiseRoomBytes.keys(job.blocks.length));
    expect(keys.filter((byte) => byte !== 0).length).toBeGreaterThan(80);
    for (const { words } of rooms) new Uint8Array(buffer, words, noiseRoomBytes.words).fill(7);
    draws.wipe();
    const left = [keys, ...rooms.map(({ words }) => new Uint8Array(buffer, words, noiseRoomBytes.words))];
    expect(left.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  it("never draws the same twice from one source, also after a job that was dropped", () => {
    const gaussian = createGridGaussian(seededRandom("twice"));
    const once = (isDropped: boolean): Float64Array => {
      const job = jobOf(new Float64Array(500), 1e6);
      const draws = gaussian.openBlocks?.(job) as BlockDraws;
      drawBlock(kernels, rooms[0], job.blocks[0], 0, 1e6);
      if (!isDropped) draws.finish();
      draws.wipe();
      return viewValues(500).slice();
    };
    const all = [once(false), once(true), once(false), gaussian.addNoise(new Float64Array(500), 1e6)];
    const values = new Set(all.flatMap((noised) => [...noised]));
    // of 2,000 draws at this σ a few pairs meet by chance: 2,000² / (2 · 2 √π 10⁶) < 1
    expect(values.size).toBeGreaterThan(1980);
  });

  it("refuses what addNoise refuses, and has no −0", () => {
    for (const [bad, pattern] of [
      [0.5, /whole/],
      [NaN, /whole/],
      [2 ** 53, /2\^52/],
    ] as const) {
      const values = smallNumbers(9000);
      values[8999] = bad;
      expect(() => drawAll(values, 1, "bad")).toThrow(pattern);
    }
    for (const stddev of [-1, NaN, 2 ** 47]) {
      expect(() => drawAll(smallNumbers(3), stddev, "bad")).toThrow(/\[invalid_argument\]/);
    }
    for (const stddev of [0, 0.01, 0.3]) {
      const { noised } = drawAll(new Float64Array(9000).fill(-0), stddev, "zero");
      expect(noised.some((value) => Object.is(value, -0))).toBe(false);
    }
  });

  it("without noise leaves the values as they are", () => {
    const values = smallNumbers(9000);
    expect(
      isSame(
        drawAll(values, 0, "none").noised,
        values.map((value) => value + 0),
      ),
    ).toBe(true);
  });

  it("carries over when the first counter block ends in ones", () => {
    // a source whose secret is all ones: the counter of the second block of a key wraps
    const ones = { kind: "seeded-test" as const, fill: (bytes: Uint8Array): void => void bytes.fill(0xff) };
    const job = jobOf(new Float64Array(2 * blockDraws), 1e6);
    const draws = openBlocks(ones, openKeystream(seededRandom("more")), table, job);
    for (const [k] of inOrder(2)) drawBlock(kernels, rooms[0], job.blocks[k], k, 1e6);
    expect(draws.finish()).toEqual([]);
    const noised = viewValues(2 * blockDraws).slice();
    const stream: Keystream = openKeystream(ones);
    expect(isSame(noised, addNoiseFrom(stream, table, new Float64Array(2 * blockDraws), 1e6))).toBe(true);
    expect(takeBits64(stream)).toBeTypeOf("bigint");
  });
});
