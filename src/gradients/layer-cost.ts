import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { LayerPlan } from "./clipped-sum.ts";
import { leaves, viewModel } from "./layer-view.ts";

/** What one layer of the plan costs, from shapes alone. */
export interface LayerCost {
  /** Multiplications and additions of one example's way forward and back through one call, the weight gradient included. */
  readonly flopsPerExample: number;
  /** What the engine stores for each example of a batch until the sum is formed. */
  readonly bytesPerExample: number;
  /** What it keeps for the layer whatever the batch: one row's gradient where it is written out, and the sum in f64. */
  readonly bytesOnce: number;
}

/** A node of a layer: what it was applied to and what came out, batch first. */
interface NodeView {
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly outputShapes: readonly (readonly (number | null)[])[];
}

/**
 * The cost of each layer of a plan, in the plan's order. Axes of unknown length count as one.
 *
 * @param model - the one that the plan was made for.
 * @source Bu, Wang, Zha, Karypis 2022, arXiv:2210.00038v2, section 3 (2 operations per weight and position on the way
 *   forward, 4 on the way back).
 */
export function costOfLayers(model: LayersModel, plans: readonly LayerPlan[]): LayerCost[] {
  const byName = new Map(leaves(viewModel(model)).map((layer) => [layer.name, layer]));
  return plans.map((plan) => {
    const nodes = (byName.get(plan.layer) as unknown as { inboundNodes?: readonly NodeView[] })?.inboundNodes;
    const input = sizes(nodes?.[0]?.inputShapes[0]);
    const output = sizes(nodes?.[0]?.outputShapes[0]);
    const units = output.at(-1) ?? 1;
    const isRankOne = plan.method === "rank-one";
    return Object.freeze({
      flopsPerExample:
        plan.layerClass === "Embedding" ? 2 * product(output) : 6 * positionsOf(plan, input, output) * plan.parameters,
      bytesPerExample: isRankOne ? 4 * (product(input) + units) : 0,
      bytesOnce: plan.parameters * (isRankOne ? 8 : 12),
    });
  });
}

const recurrent: ReadonlySet<string> = new Set(["SimpleRNN", "LSTM", "GRU", "Bidirectional"]);
const scattering: ReadonlySet<string> = new Set(["Conv2DTranspose", "MultiHeadAttention"]);

/** How often a layer's weights are used for one example. */
function positionsOf({ layerClass }: LayerPlan, input: readonly number[], output: readonly number[]): number {
  if (recurrent.has(layerClass)) return input[0] ?? 1;
  return product((scattering.has(layerClass) ? input : output).slice(0, -1));
}

const sizes = (shape: readonly (number | null)[] | undefined): number[] =>
  (shape ?? []).slice(1).map((axis) => axis ?? 1);
const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
