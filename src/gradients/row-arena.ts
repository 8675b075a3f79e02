import { PrivacyError } from "../core/index.ts";
import { type KernelExports, createKernels } from "../kernels/index.ts";

/** Memory of the kernels for one sum; offsets are in bytes, multiples of 16. */
export interface RowArena {
  readonly run: KernelExports;
  /** Room for so many 4-byte numbers, of any content. */
  take(count: number): number;
  /** Runs `body`; what it took is free afterwards. */
  within<T>(body: () => T): T;
  write(to: number, values: ArrayLike<number>): void;
  singles(from: number, count: number): Float32Array;
  doubles(from: number, count: number): Float64Array;
  integers(from: number, count: number): Int32Array;
}

/** A copy of so many floats may write as far as the next four. */
const slack = 4;

let opened: ReturnType<typeof createKernels> | undefined;
let generation = 0;
/** What lies below belongs to the sum that is under way. */
let top = 0;

/**
 * Kernels on a memory of their own, that of the thread's last sum: an arena that is opened ends the one before, which is
 * sound since a sum is made in one go, with no other work in between.
 *
 * @throws PrivacyError `file_unreadable` when the kernels were not built; from `take`, `invalid_argument` where 4 GiB do
 *   not suffice and `invalid_state` in an arena that has ended.
 */
export function openArena(): RowArena {
  const kernels = open();
  generation++;
  top = Math.ceil(kernels.base / 16) * 16;
  return arenaOf(kernels, generation);
}

/** Room beside the sum that is under way, for the time of `body`. */
export function withScratch<T>(body: (arena: RowArena) => T): T {
  const kernels = open();
  top = Math.max(top, Math.ceil(kernels.base / 16) * 16);
  const arena = arenaOf(kernels, generation);
  return arena.within(() => body(arena));
}

const open = (): ReturnType<typeof createKernels> => (opened ??= createKernels());

function arenaOf(kernels: ReturnType<typeof createKernels>, own: number): RowArena {
  return Object.freeze<RowArena>({
    run: kernels.run,
    take(count) {
      if (own !== generation) {
        throw new PrivacyError(
          "invalid_state",
          "the memory of the sum that is under way was wanted, another sum was started; finish one before the next",
          { object: "RowArena", state: "ended" },
        );
      }
      const at = top;
      top += 16 * Math.ceil((count + slack) / 4);
      kernels.reserve(top);
      return at;
    },
    within(body) {
      const before = top;
      try {
        return body();
      } finally {
        if (own === generation) top = before;
      }
    },
    write: (to, values) => kernels.floats().set(values, to / 4),
    singles: (from, count) => kernels.floats().subarray(from / 4, from / 4 + count),
    doubles: (from, count) => new Float64Array(kernels.floats().buffer, from, count),
    integers: (from, count) => new Int32Array(kernels.floats().buffer, from, count),
  });
}
