import { invalidArgument } from "../core/index.ts";
import { openKernels } from "../kernels/index.ts";
import { lossesOf } from "./batch-loss.ts";
import type { GradientEngine, GradientEngineOptions } from "./engine.ts";
import { requireSupported, unsupportedModel } from "./model-check.ts";
import { createTfjsEngine } from "./tfjs-engine.ts";
import { createWasmEngine } from "./wasm-engine.ts";
import { compileModel } from "./wasm-plan.ts";

/**
 * The engine for a model: this package's kernels where they know every layer and the loss, TensorFlow.js elsewhere.
 * `explain()` says which and why. Both make the same promise with the same `sensitivity`.
 *
 * @param options - as `createTfjsEngine`; `engine` forces one: `"wasm"` refuses a model that the kernels do not know.
 * @throws PrivacyError as `createTfjsEngine`; `unsupported_model` naming the layer in the way of `"wasm"`;
 *   `file_unreadable` when the kernels were not built, with which both engines sum.
 * @guarantee As `createTfjsEngine`.
 * @source docs/numerics-summation.md
 */
export async function createGradientEngine(options: GradientEngineOptions): Promise<GradientEngine> {
  const { engine, ...rest } = options;
  switch (engine) {
    case "tfjs":
      return createTfjsEngine(rest);
    case "wasm":
    case undefined: {
      requireSupported(rest.model);
      const plan = compileModel(rest.model, lossesOf(rest.model, rest), rest.grouped);
      if ("reason" in plan) {
        if (engine === "wasm") throw unsupportedModel([{ ...plan, replacement: 'engine "tfjs", which knows it' }]);
        return createTfjsEngine(rest, `not wasm, since of ${plan.layer} (${plan.layerClass}): ${plan.reason}`);
      }
      const kernels = openKernels();
      const why = engine === "wasm" ? "asked for" : "every layer has kernels";
      // the self-check lays the memory out: nobody else may be in the middle of a sum
      return kernels.exclusive(() => createWasmEngine(rest, plan, kernels, why));
    }
  }
  throw invalidArgument("engine", '"wasm", "tfjs" or left out', engine);
}
