import type { ChunkMessage } from "../messages.ts";
import { prefixBytes, takeMessage } from "./message-buffers.ts";

/** Protocol buffers tags (field number << 3 | wire type): `chunk` is field 3 of either message, see the proto file. */
const chunkTag = (3 << 3) | 2;
const tensorTag = 1 << 3;
const indexTag = 2 << 3;
const dataTag = (3 << 3) | 2;

/** Bytes of a uint32 as a varint. */
function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let [next, rest] = [at, value];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[next++] = (rest & 0x7f) | 0x80;
  bytes[next] = rest;
  return next + 1;
}

/** What was encoded for one site serves the next, as long as the chunk is held. */
const encoded = new WeakMap<Uint8Array, { readonly tensor: number; readonly index: number; readonly bytes: Buffer }>();

/** As `encodeChunk`, once for all sites that are sent the same array. */
export function encodeSharedChunk(chunk: ChunkMessage): Buffer {
  const { tensor, index, data } = chunk;
  const known = encoded.get(data);
  if (known?.tensor === tensor && known.index === index) return known.bytes;
  const bytes = encodeInto(chunk, (size) => Buffer.allocUnsafeSlow(size));
  encoded.set(data, { tensor, index, bytes });
  return bytes;
}

/** Messages that have their frame's prefix before them in memory. */
const inFrame = new WeakSet<Buffer>();

/** The frame that a message was encoded into; undefined for one that has none. */
export function frameOf(message: Buffer): Buffer | undefined {
  if (!inFrame.has(message)) return undefined;
  return Buffer.from(message.buffer, message.byteOffset - prefixBytes, message.length + prefixBytes);
}

/**
 * A chunk as either side's message: what the generated code gives, in one allocation and one copy of its MiB instead of
 * several, which a transfer spends a third of its time on. It is a part of its frame, whose memory may be given back with
 * `giveMessage` once it is written.
 */
export function encodeChunk(chunk: ChunkMessage): Buffer {
  return encodeInto(chunk, takeMessage);
}

function encodeInto({ tensor, index, data, rest = [], copied }: ChunkMessage, take: (size: number) => Buffer): Buffer {
  const length = rest.reduce((sum, more) => sum + more.length, data.length);
  const dataSize = length === 0 ? 0 : 1 + varintSize(length) + length;
  const inner = fieldSize(tensor) + fieldSize(index) + dataSize;
  const size = 1 + varintSize(inner) + inner;
  const frame = take(prefixBytes + size);
  frame[0] = 0;
  frame.writeUInt32BE(size, 1);
  const bytes = frame.subarray(prefixBytes);
  inFrame.add(bytes);
  bytes[0] = chunkTag;
  let at = writeVarint(bytes, 1, inner);
  at = writeField(bytes, at, tensorTag, tensor);
  at = writeField(bytes, at, indexTag, index);
  if (length === 0) return bytes;
  at = writeField(bytes, at, dataTag, length);
  for (const part of [data, ...rest]) {
    bytes.set(part, at);
    at += part.length;
  }
  copied?.();
  return bytes;
}

/** A field of value 0 is left out. */
function fieldSize(value: number): number {
  return value === 0 ? 0 : 1 + varintSize(value);
}

function writeField(bytes: Buffer, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  bytes[at] = tag;
  return writeVarint(bytes, at + 1, value);
}
