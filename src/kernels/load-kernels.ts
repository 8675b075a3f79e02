import { readFileSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";
import type { KernelExports, Kernels } from "./kernels.ts";

/** As much of WebAssembly as is used here: the language's own library does not declare it. */
interface Memory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => Memory;
};

const pageBytes = 65_536;
/** As the kernels were built: 4 GiB at most, 4 MiB at first. */
const limits = { initial: 64, maximum: 65_536, shared: true } as const;

let opened: Kernels | undefined;

/**
 * The kernels, on one memory for the whole thread: every caller lays out its own numbers from `base` on, and finds what
 * the caller before left there. Built with relaxed SIMD where the engine takes it, with plain SIMD elsewhere.
 *
 * @throws PrivacyError `file_unreadable` when the kernels were not built.
 */
export function openKernels(): Kernels {
  opened ??= start();
  return opened;
}

function start(): Kernels {
  const relaxed = readKernels("relaxed-simd.wasm");
  const isRelaxed = WebAssembly.validate(relaxed);
  const memory = new WebAssembly.Memory(limits);
  const abort = (): never => {
    throw new PrivacyError("numerical_failure", "a kernel stopped, which none should", {
      routine: "kernels",
      reason: "abort",
    });
  };
  const module = new WebAssembly.Module(isRelaxed ? relaxed : readKernels("simd.wasm"));
  const exports = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as KernelExports;
  let floats = new Float32Array(memory.buffer);
  return Object.freeze<Kernels>({
    build: isRelaxed ? "relaxed-simd" : "simd",
    base: exports.heapBase(),
    run: exports,
    floats: () => floats,
    reserve(bytes) {
      const pages = Math.ceil(bytes / pageBytes) - memory.buffer.byteLength / pageBytes;
      if (pages <= 0) return;
      grow(memory, pages);
      floats = new Float32Array(memory.buffer);
    },
  });
}

function grow(memory: Memory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (cause) {
    // the size asked for tells the batch size: not in the message
    throw new PrivacyError(
      "invalid_argument",
      "batch must be small enough for 4 GiB of kernel memory, got more; sample fewer rows or choose the tfjs engine",
      { argument: "batch", expected: "one that fits in 4 GiB" },
      { cause },
    );
  }
}

/** Beside this file in the package, in the build folder where the sources run as they are. */
function readKernels(name: string): Uint8Array {
  const places = [`./${name}`, `../../dist/kernels/${name}`].map((place) => new URL(place, import.meta.url));
  let cause: unknown;
  for (const place of places) {
    try {
      return readFileSync(place);
    } catch (error) {
      cause = error;
    }
  }
  throw new PrivacyError(
    "file_unreadable",
    `the kernel ${name} was wanted and is not there; run npm run build`,
    { path: places[0]?.href ?? name, reason: "not built" },
    { cause },
  );
}
