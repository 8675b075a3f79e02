import type { LayerView, WeightView } from "./layer-view.ts";
import type { GraphBuilder, LayerUse } from "./wasm-graph.ts";
import { type Translation, baseOf } from "./wasm-translation.ts";

/**
 * Attention of several heads: three Dense parts, the attention itself, and a Dense part over all heads. Weights in the
 * order of Keras: query, key, value, output, each with its bias; kernels `[width, heads, size]`, output `[heads, size, width]`.
 */
export function translateAttention(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const config = layer.getConfig();
  if (Number(config["dropout"] ?? 0) !== 0) return { reason: "its dropout has no kernels yet" };
  const heads = Number(config["numHeads"]);
  const width = Number(config["keyDim"]);
  const valueWidth = Number(config["valueDim"] ?? width);
  const hasBias = config["useBias"] !== false;
  const step = hasBias ? 2 : 1;
  if (layer.weights.length !== 4 * step) return { reason: "its weights are not those of four Dense parts" };
  // query and value, and the key where it is not the value: as Keras calls it
  const [query, value, key] = [0, use.from.length > 1 ? 1 : 0, use.from.length > 2 ? 2 : use.from.length > 1 ? 1 : 0];
  const [queries, keys] = [use.inputs[query][0], use.inputs[key][0]];
  if ([query, value, key].some((k) => use.inputs[k].length !== 2)) return { reason: "its inputs are not sequences" };
  const part = (place: number, source: number, positions: number, inputs: number, units: number): number =>
    graph.add({
      ...baseOf(layer, [source], positions * inputs, positions * units),
      kind: "dense",
      weights: layer.weights.slice(place * step, (place + 1) * step).map((w: WeightView) => graph.place(w)),
      isTrained: use.isTrained,
      positions,
      inputs,
      units,
      hasBias,
    });
  const q = part(0, use.from[query], queries, use.inputs[query][1], heads * width);
  const k = part(1, use.from[key], keys, use.inputs[key][1], heads * width);
  const v = part(2, use.from[value], keys, use.inputs[value][1], heads * valueWidth);
  const attended = graph.add({
    ...baseOf(layer, [q, k, v], queries * heads * width, queries * heads * valueWidth),
    kind: "attention",
    heads,
    queries,
    keys,
    width,
    valueWidth,
    isCausal: config["useCausalMask"] === true,
  });
  return part(3, attended, queries, heads * valueWidth, use.output[1]);
}
