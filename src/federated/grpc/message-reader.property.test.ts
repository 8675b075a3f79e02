import { createRequire } from "node:module";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { giveMessage, takeMessage } from "./message-buffers.ts";
import { MessageReader } from "./message-reader.ts";

interface Decoder {
  write(data: Buffer): Buffer[];
}
type DecoderClass = new (mostBytes: number) => Decoder;
const require = createRequire(import.meta.url);
const { StreamDecoder } = require("@grpc/grpc-js/build/src/stream-decoder.js") as { StreamDecoder: DecoderClass };

/** Messages with their prefixes, and the pieces in which they come. */
const stream = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }).chain((messages) => {
  const frames = messages.map((m, i) => {
    const prefix = Buffer.alloc(5);
    prefix[0] = i % 2;
    prefix.writeUInt32BE(m.length, 1);
    return Buffer.concat([prefix, m]);
  });
  const bytes = Buffer.concat(frames);
  const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 });
  return cuts.map((all) => {
    const places = [0, ...all.toSorted((a, b) => a - b), bytes.length];
    return { frames, pieces: places.slice(1).map((to, i) => bytes.subarray(places[i], to)) };
  });
});

function readAll(decoder: Decoder, pieces: readonly Buffer[]): Buffer[][] {
  return pieces.map((piece) => decoder.write(piece).map((m) => Buffer.from(m)));
}

describe("messages of a gRPC stream", () => {
  it("come out whole, in order and as soon as grpc-js gives them, however the stream was cut", () => {
    fc.assert(
      fc.property(stream, ({ frames, pieces }) => {
        const read = readAll(new MessageReader(-1), pieces);
        expect(read.flat()).toEqual(frames);
        expect(read).toEqual(readAll(new StreamDecoder(-1), pieces));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("that are too large are refused with grpc-js's words, before their bytes come", () => {
    const prefix = Buffer.from([0, 0, 0, 1, 1]);
    const words = "Received message larger than max (257 vs 256)";
    expect(() => new MessageReader(256).write(prefix)).toThrow(words);
    expect(() => new StreamDecoder(256).write(prefix)).toThrow(words);
    expect(new MessageReader(257).write(prefix)).toEqual([]);
  });
});

describe("buffers of messages", () => {
  it("are nobody else's until they are given back, and are given once", () => {
    const taken = [1, 2, 3].map((i) => takeMessage(100_000).fill(i));
    giveMessage(taken[1].subarray(5, 10));
    giveMessage(taken[1]);
    const next = [4, 5].map((i) => takeMessage(200_000).fill(i));
    expect(next[0].buffer).toBe(taken[1].buffer);
    expect(new Set([taken[0], taken[2], ...next].map((b) => b.buffer)).size).toBe(4);
    expect([taken[0].every((b) => b === 1), taken[2].every((b) => b === 3)]).toEqual([true, true]);
  });

  it("that were never lent are not taken in", () => {
    const own = Buffer.alloc(2_000_000);
    giveMessage(own);
    expect(takeMessage(100_000).buffer).not.toBe(own.buffer);
    expect(takeMessage(2_000_000)).toHaveLength(2_000_000);
  });
});
