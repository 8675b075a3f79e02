import { readFileSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";
import { builtFile } from "./built-file.ts";
import type { KernelBuild, KernelExports, KernelShare, Kernels, Memory } from "./kernels.ts";
import { createQueue } from "./queue.ts";
import type { Trial } from "./wide-places.ts";
import { tryKernels } from "./wide-check.ts";

/** As much of WebAssembly as is used here: the language's own library does not declare it. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => Memory;
};

const pageBytes = 65_536;
/** As the kernels were built: 4 GiB at most, 4 MiB at first. */
const limits = { initial: 64, maximum: 65_536, shared: true } as const;
const trialLimits = { ...limits, maximum: limits.initial };

type Compiled = Omit<KernelShare, "memory">;

let opened: Kernels | undefined;
let compiled: Compiled | undefined;

/**
 * The kernels, on one memory for the whole thread: every caller lays out its own numbers from `base` on, and finds what
 * the caller before left there. Built with relaxed SIMD where the engine takes it, with plain SIMD elsewhere; and with wide
 * tiles where V8 fuses neighboring vectors (`node --experimental-wasm-revectorize`) and `tryKernels` finds no fault in it.
 *
 * @throws PrivacyError `file_unreadable` when the kernels were not built; `numerical_failure` when they are not what they
 *   should be under that flag.
 */
export function openKernels(): Kernels {
  opened ??= createKernels();
  return opened;
}

/**
 * Kernels on a memory of their own.
 *
 * @param bytes - how long it may get; addresses are set aside for so much.
 * @throws PrivacyError as `openKernels`.
 */
export function createKernels(bytes: number = pageBytes * limits.maximum): Kernels {
  compiled ??= compile();
  const maximum = Math.min(limits.maximum, Math.max(limits.initial, Math.ceil(bytes / pageBytes)));
  return joinKernels({ ...compiled, memory: new WebAssembly.Memory({ ...limits, maximum }) });
}

function compile(): Compiled {
  if (!WebAssembly.validate(readKernels("relaxed-simd"))) return compileBuild("simd");
  return compileBuild(fusesVectors(process.execArgv) ? chooseFusing(openForTrial) : "relaxed-simd");
}

/**
 * The build for an engine that fuses neighboring vectors: that changes the code of every build, so none is taken on trust.
 *
 * @throws PrivacyError `numerical_failure` when the relaxed build fails the trial too.
 */
export function chooseFusing(open: (build: KernelBuild) => Trial): KernelBuild {
  const verdict = tryKernels(open("wide"), open("relaxed-simd"));
  if (verdict === "sound") return "wide";
  if (verdict === "unfused" || tryKernels(open("relaxed-simd"), open("relaxed-simd")) === "sound")
    return "relaxed-simd";
  throw new PrivacyError(
    "numerical_failure",
    "kernels were to give the bits of plain arithmetic, got others under --experimental-wasm-revectorize; start Node without that flag",
    { routine: "kernels", reason: "fused vectors" },
  );
}

const compileBuild = (build: KernelBuild): Compiled => {
  return { build, module: new WebAssembly.Module(readKernels(build)) };
};

/** Kernels of one build on the shortest memory, whatever the engine would choose. */
export function openForTrial(build: KernelBuild): Kernels {
  return joinKernels({ ...compileBuild(build), memory: new WebAssembly.Memory(trialLimits) });
}

/** Whether Node was told to have V8 fuse neighboring vectors of 128 bits to 256: the last of its flags counts. */
export function fusesVectors(flags: readonly string[]): boolean {
  const own = flags.map((flag) => flag.replaceAll("_", "-").replace(/^--no-?/, "--no-"));
  return own.lastIndexOf("--experimental-wasm-revectorize") > own.lastIndexOf("--no-experimental-wasm-revectorize");
}

/** The same kernels on the same memory, for one more thread. */
export function joinKernels(share: KernelShare): Kernels {
  const { memory } = share;
  const abort = (): never => {
    throw new PrivacyError("numerical_failure", "a kernel stopped, which none should", {
      routine: "kernels",
      reason: "abort",
    });
  };
  const instance = new WebAssembly.Instance(share.module, { env: { memory, abort } });
  const exports = instance.exports as KernelExports;
  let floats = new Float32Array(memory.buffer);
  return Object.freeze<Kernels>({
    build: share.build,
    share,
    base: exports.heapBase(),
    run: exports,
    exclusive: createQueue(),
    floats: () => floats,
    reserve(bytes) {
      if (bytes <= floats.byteLength) return;
      // growing by nothing is how a thread learns that another one grew the memory
      const pages = Math.ceil(bytes / pageBytes) - memory.buffer.byteLength / pageBytes;
      grow(memory, Math.max(0, pages));
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

function readKernels(build: KernelBuild): Uint8Array {
  return readFileSync(builtFile("kernels", `${build}.wasm`, import.meta.url));
}
