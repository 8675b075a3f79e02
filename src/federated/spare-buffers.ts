/** Of what is put together to one write, and of one chunk. */
export const bufferBytes: number = 1 << 20;
const mostSpare = 8;
const spare: Uint8Array[] = [];

/**
 * A buffer of at least `size` bytes and at most `bufferBytes`, with whatever it held before: fresh ones for each update would
 * keep the garbage collector busy.
 */
export function takeBuffer(size: number): Uint8Array {
  if (size <= bufferBytes / 16) return new Uint8Array(size);
  return spare.pop() ?? new Uint8Array(bufferBytes);
}

/** Gives back what `takeBuffer` gave; the caller forgets it. */
export function giveBuffer(buffer: Uint8Array): void {
  if (buffer.length === bufferBytes && spare.length < mostSpare) spare.push(buffer);
}
