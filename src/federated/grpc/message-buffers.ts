import { chunkBytes } from "../manifest.ts";

/** A frame's prefix: a flag and the message's length. */
export const prefixBytes = 5;
/** Room for any message that the codec allows, with its prefix. */
const roomBytes = chunkBytes + (64 << 10) + prefixBytes;
/** Smaller messages are no burden. */
const smallest = 64 << 10;
const mostSpare = 16;

const spare: ArrayBuffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/**
 * A buffer for one message of `size` bytes with its prefix, with whatever it held before. Large ones are used again: fresh
 * MiB by MiB they made the garbage collector run twice in each round of ten sites.
 */
export function takeMessage(size: number): Buffer {
  if (size < smallest || size > roomBytes) return Buffer.allocUnsafeSlow(size);
  const room = spare.pop() ?? new ArrayBuffer(roomBytes);
  lent.add(room);
  return Buffer.from(room, 0, size);
}

/** Gives back what `takeMessage` gave, or a part of it; nobody may look at it any more. Of other bytes nothing happens. */
export function giveMessage({ buffer }: Uint8Array): void {
  if (lent.delete(buffer) && spare.length < mostSpare) spare.push(buffer as ArrayBuffer);
}
