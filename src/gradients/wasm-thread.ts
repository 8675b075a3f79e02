// The module that the helpers of the wasm engine run: the same pass over the same memory as on the calling thread.
import { type Kernels, type ThreadWork, serveThread } from "../kernels/index.ts";
import { readJob } from "./wasm-job.ts";
import { type LossPlan, wasmLoss } from "./wasm-loss.ts";
import type { Layout } from "./wasm-memory.ts";
import { foldPart, passRows } from "./wasm-mean.ts";
import { noiseTasks, perturbPart } from "./wasm-noise.ts";
import { finishTasks } from "./wasm-row-sum.ts";
import { type StepTools, finisher, passShard } from "./wasm-step.ts";

/** What a helper is told of an engine's layout; without a layout it forgets the engine. */
export interface LayoutMessage {
  readonly engine: number;
  readonly version: number;
  readonly plan?: LayoutPlan;
}

export interface LayoutPlan {
  readonly layout: Omit<Layout, "kernels">;
  readonly losses: readonly LossPlan[];
  readonly partLayers: readonly (string | null)[];
}

serveThread((kernels: Kernels): ThreadWork => {
  const known = new Map<number, { readonly version: number; readonly tools: StepTools }>();
  return {
    hear(message) {
      const { engine, version, plan } = message as LayoutMessage;
      if (plan === undefined) known.delete(engine);
      else known.set(engine, { version, tools: toolsOf(plan, kernels) });
    },
    start(numbers) {
      const { kind, engine, version, ...step } = readJob(numbers);
      const own = known.get(engine);
      if (own?.version !== version) return undefined;
      const { tools } = own;
      kernels.reserve(tools.layout.end);
      switch (kind) {
        case "pass":
          return (shard) => passShard(tools, step, shard);
        case "finish":
          return finisher(tools, step);
        case "noise":
          return (ticket) => perturbPart(tools.layout, tools.blocks, ticket, step);
        case "plain-pass":
          return (shard) => passRows(tools, step, shard);
        case "plain-fold":
          return (ticket) => foldPart(tools, step, ticket, step.unit);
      }
    },
  };
});

function toolsOf(plan: LayoutPlan, kernels: Kernels): StepTools {
  const layout: Layout = { ...plan.layout, kernels };
  return {
    layout,
    losses: plan.losses.map(wasmLoss),
    partLayers: plan.partLayers,
    tasks: finishTasks(layout.sums),
    blocks: noiseTasks(layout.sums),
  };
}
