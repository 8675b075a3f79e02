import { sep } from "node:path";

/** A larger file is on the disk. */
const largestHeld = 16 << 20;
/** All of them together take no more, however many sites there are. */
const mostHeld = 128 << 20;

const held = new Map<string, Uint8Array>();
/** Arrays of updates that were folded, for those of the next round: fresh ones would keep the garbage collector busy. */
const spare: Uint8Array[] = [];
let taken = 0;

/**
 * Memory for a spool file of `size` bytes that nothing has to outlive, with whatever it held before; null when the file
 * belongs on the disk. It is found under its path until `dropHeld`.
 */
export function holdSpool(path: string, size: number): Uint8Array | null {
  if (size === 0 || size > largestHeld) return null;
  const bytes = takeSpare(size) ?? makeRoom(size);
  if (bytes !== null) held.set(path, bytes);
  return bytes;
}

/** The bytes of a spool file that is held in memory, to be read only. */
export function heldSpool(path: string): Uint8Array | undefined {
  return held.get(path);
}

/**
 * Lets go of a file. False when it is not held: then it is on the disk, if anywhere.
 *
 * @param mayServeAgain - nobody reads its bytes any more.
 */
export function dropHeld(path: string, mayServeAgain: boolean): boolean {
  const bytes = held.get(path);
  if (bytes === undefined) return false;
  held.delete(path);
  if (mayServeAgain) spare.push(bytes);
  else taken -= bytes.length;
  // a run that is over leaves nothing of its sites behind
  if (held.size === 0) taken -= spare.splice(0).reduce((sum, { length }) => sum + length, 0);
  return true;
}

/** The paths in a folder that are held. */
export function heldIn(folder: string): string[] {
  return [...held.keys()].filter((path) => path.startsWith(folder + sep));
}

/** Lets go of everything in a folder. */
export function dropHeldIn(folder: string): void {
  for (const path of heldIn(folder)) dropHeld(path, false);
}

function takeSpare(size: number): Uint8Array | null {
  const at = spare.findIndex(({ length }) => length === size);
  return at < 0 ? null : (spare.splice(at, 1)[0] ?? null);
}

function makeRoom(size: number): Uint8Array | null {
  while (taken + size > mostHeld && spare.length > 0) taken -= spare.shift()?.length ?? 0;
  if (taken + size > mostHeld) return null;
  taken += size;
  return new Uint8Array(size);
}
