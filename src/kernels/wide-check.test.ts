import { spawnSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtFile } from "./built-file.ts";
import { testNumbers } from "./kernels.fixture.ts";
import { type KernelBuild, type KernelExports, panelColumns, panelInputs } from "./kernels.ts";
import { chooseFusing, fusesVectors, openForTrial } from "./load-kernels.ts";
import { trialCases } from "./wide-cases.ts";
import { tryKernels } from "./wide-check.ts";
import { type Trial, fillPlaces } from "./wide-places.ts";

// test files are processes of their own: the flag changes nothing elsewhere
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

const few = { rounds: 6, pauses: 1, pauseMs: 0 };

/** Kernels of which one changes the lowest bit of the last float it wrote, from its `first` call on. */
function withFault(trial: Trial, name: keyof KernelExports, first: number): Trial {
  let calls = 0;
  const kernel: (...args: number[]) => unknown = trial.run[name];
  const wrong = (...args: number[]): unknown => {
    const result = kernel(...args);
    if (calls++ < first) return result;
    if (name === "sumSquares") return Number(result) + 2 ** -20;
    // what is written to comes first, but for a kind
    const to = args[0] < 64 ? args[1] : args[0];
    new Int32Array(trial.floats().buffer)[to / 4] ^= 1;
    return result;
  };
  return { ...trial, run: { ...trial.run, [name]: wrong } };
}

const faulty = [
  ["multiply", 0],
  ["multiply", 5],
  ["multiplyInto", 3],
  ["addRuns", 5],
  ["attend", 1],
  ["attendBack", 5],
  ["softmaxRows", 2],
  ["desoftmaxRows", 2],
  ["normalize", 4],
  ["denormalize", 4],
  ["activate", 30],
  ["deactivate", 30],
  ["storeScaled", 5],
  ["sumSquares", 5],
  ["addScaled", 5],
  ["foldSums", 5],
  ["combine", 25],
  ["perturb", 20],
  ["addRowsAt", 3],
  ["poolAverage", 5],
  ["gruStepBack", 3],
  ["dropOut", 3],
  ["stepAdam", 3],
] as const;

const isFunction = (value: unknown): boolean => typeof value === "function";

/** Whether this processor fuses: where it does not, no build but the plain one may call itself fused. */
const isFused = ((): boolean => {
  const kernels = openForTrial("relaxed-simd");
  const { run, base } = kernels;
  const floats = kernels.floats();
  const [at, panels, to, tile] = [0, 1, 2, 3].map((k) => Math.ceil(base / 64) * 64 + 4096 * k);
  // (1 + 2⁻¹²)² − 1 − 2⁻¹¹ is 2⁻²⁴ where the product is not rounded
  floats.set([1, 1 + 2 ** -12], at / 4);
  floats.set([-1 - 2 ** -11, 1 + 2 ** -12], at / 4 + 4);
  run.pack(panels, at + 16, 2, 1, 1, 1);
  run.multiply(to, at, 2, 1, panels, 1, 2, 1, 0, tile);
  return floats[to / 4] === 2 ** -24;
})();

describe.runIf(isFused)("the trial of the wide build", () => {
  it("finds the builds alike", () => {
    expect(tryKernels(openForTrial("wide"), openForTrial("relaxed-simd"), few)).toBe("sound");
  });

  it.each(faulty)("finds a bit that %s gets wrong from call %d on", (name, first) => {
    const wide = withFault(openForTrial("wide"), name, first);
    expect(tryKernels(wide, openForTrial("relaxed-simd"), few)).toBe("faulty");
  });

  it("does not take the word of a build that is itself not plain arithmetic", () => {
    const [wide, relaxed] = [openForTrial("wide"), openForTrial("relaxed-simd")].map((k) =>
      withFault(k, "multiply", 0),
    );
    expect(tryKernels(wide, relaxed, few)).toBe("faulty");
  });

  it("takes the relaxed build where the wide one is at fault, and neither where both are", () => {
    const wideFails = (build: KernelBuild): Trial =>
      build === "wide" ? withFault(openForTrial(build), "softmaxRows", 90) : openForTrial(build);
    expect(chooseFusing(wideFails)).toBe("relaxed-simd");
    const bothFail = (build: KernelBuild): Trial => withFault(openForTrial(build), "softmaxRows", 90);
    expect(() => chooseFusing(bothFail)).toThrow(
      /\[numerical_failure\] kernels were to give the bits of plain arithmetic/,
    );
  });

  it("has V8 optimize every function with a vector in it, as V8 itself tells", () => {
    const built = (name: string): string => builtFile("kernels", name, import.meta.url).href;
    const script = `
      const { openForTrial } = await import("${built("load-kernels.js")}");
      const { tryKernels } = await import("${built("wide-check.js")}");
      const own = openForTrial("relaxed-simd");
      tryKernels(own, own);
      const kernels = Object.entries(own.run).filter(([, kernel]) => typeof kernel === "function");
      console.log("\\nnames " + JSON.stringify(kernels.map(([name, kernel]) => [Number(kernel.name), name])));`;
    // the budget that V8 gives a function from Node 22 on
    const flags = ["--wasm-tiering-budget=13000000", "--trace-wasm-compilation-times"];
    if (process.versions.node.startsWith("20.")) flags.push("--experimental-wasm-relaxed-simd");
    const { stdout } = spawnSync(process.execPath, [...flags, "--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    const names = new Map(JSON.parse(/^names (.*)$/m.exec(stdout)?.[1] ?? "[]") as [number, string][]);
    const compiledBy = (compiler: string): Set<string> => {
      const found = stdout.matchAll(new RegExp(`Compiled function 0x\\w+#(\\d+) using ${compiler}`, "g"));
      return new Set([...found].map(([, number]) => names.get(Number(number)) ?? `function ${number}`));
    };
    const optimized = compiledBy("TurboFan");
    const others = [...compiledBy("Liftoff")].filter((name) => !optimized.has(name));
    expect(optimized.size).toBeGreaterThan(60);
    // these move bytes, or call the ones that work
    const movers = ["clear", "clearGates", "clearSlots", "gatherRows", "heapBase", "keepStates", "setAside"];
    const callers = ["attend", "attendBack", "crossEntropy", "multiply", "packRuns", "simpleStep", "simpleStepBack"];
    expect(others.filter((name) => !movers.includes(name) && !callers.includes(name))).toEqual([]);
  });

  it("calls every kernel", () => {
    const kernels = openForTrial("relaxed-simd");
    const isCalled = new Set<string | symbol>();
    const run = new Proxy(kernels.run, {
      get(exports, name: keyof KernelExports) {
        isCalled.add(name);
        return exports[name];
      },
    });
    const places = fillPlaces(kernels);
    for (const one of trialCases) one.run(run, places);
    const others = Object.entries(kernels.run).filter(([name, kernel]) => !isCalled.has(name) && isFunction(kernel));
    expect(others.map(([name]) => name)).toEqual(["heapBase"]);
    expect(new Set(trialCases.map(({ name }) => name)).size).toBe(trialCases.length);
  });
});

it("leaves wide tiles to processors that fuse: products that round twice are no fault", () => {
  expect(tryKernels(openForTrial("wide"), openForTrial("simd"), few)).toBe("unfused");
});

describe("the wide build", () => {
  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 27 }),
    inner: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(400, 401)),
    columns: fc.integer({ min: 1, max: 53 }),
    seed: fc.nat(),
  });
  const builds = (["wide", "relaxed-simd"] as const).map(openForTrial);

  /** What both builds make of the same numbers. */
  function both(size: number, seed: number, use: (run: KernelExports, at: (region: number) => number) => void) {
    return builds.map((kernels) => {
      const { run, base } = kernels;
      const floats = kernels.floats();
      const next = testNumbers(seed);
      const at = (region: number): number => Math.ceil(base / 64) * 64 + 2 ** 19 * region;
      for (let k = 0; k < 2 ** 16; k++) floats[at(0) / 4 + k] = 4 * next() - 2;
      use(run, at);
      return floats.slice(at(1) / 4, at(1) / 4 + size);
    });
  }

  it("gives products of any shape the bits of the relaxed build", () => {
    const check = fc.property(shapes, ({ rows, inner, columns, seed }) => {
      const [wide, relaxed] = both(rows * columns, seed, (run, at) => {
        run.pack(at(2), at(0) + 4 * rows * inner, inner, columns, 1, inner);
        run.multiply(at(1), at(0), inner, 1, at(2), rows, inner, columns, at(0) + 4096, at(3));
      });
      expect(wide).toEqual(relaxed);
    });
    fc.assert(check, { seed: 46, numRuns: 60 });
  });

  it("gives sums of runs the bits of the relaxed build", () => {
    const check = fc.property(shapes, ({ rows, columns, seed }) => {
      const [wide, relaxed] = both(2 * 20 * columns, seed, (run, at) => {
        const lengths = [rows, 0, 97];
        const left = 4 * (rows + 97) * panelInputs * Math.ceil(20 / panelInputs);
        expect(left + 4 * (rows + 97) * panelColumns * Math.ceil(columns / panelColumns)).toBeLessThan(2 ** 19);
        for (const kernels of builds) new Int32Array(kernels.floats().buffer).set(lengths, at(3) / 4);
        run.packLeftRuns(at(2), at(0), at(3), 3, 20, 20);
        run.packRuns(at(2) + left, at(0), at(3), 3, columns);
        run.addRuns(at(1), at(2), at(2) + left, at(3), 3, 96, 20, columns, 2 ** 18, at(4));
      });
      expect(wide).toEqual(relaxed);
    });
    fc.assert(check, { seed: 47, numRuns: 40 });
  });
});

describe("the flag that V8 fuses vectors", () => {
  it("is read as V8 reads it: dashes or underscores, a no before it, the last one counts", () => {
    const on = "--experimental-wasm-revectorize";
    expect(fusesVectors([])).toBe(false);
    expect(fusesVectors(["--no-warnings", on])).toBe(true);
    expect(fusesVectors(["--experimental_wasm_revectorize"])).toBe(true);
    expect(fusesVectors([on, "--no-experimental-wasm-revectorize"])).toBe(false);
    expect(fusesVectors(["--noexperimental_wasm_revectorize", on])).toBe(true);
    expect(fusesVectors([on, "--noexperimental-wasm-revectorize"])).toBe(false);
  });
});
