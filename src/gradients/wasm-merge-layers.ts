import { type LayerView, numbers } from "./layer-view.ts";
import type { GraphBuilder, LayerUse } from "./wasm-graph.ts";
import { type Translation, baseOf, count } from "./wasm-translation.ts";
import type { MergeOp } from "./wasm-op.ts";

/** Several inputs, entry by entry; those with axes of length 1, or fewer axes, are spread over the others. */
export function translateMerge(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { output } = use;
  const size = count(output);
  const from: number[] = [];
  for (const [k, shape] of use.inputs.entries()) {
    // TensorFlow.js puts missing axes behind that of the batch
    const wide = [...output.map(() => 1).slice(shape.length), ...shape];
    if (wide.some((length, axis) => length !== 1 && length !== output[axis])) {
      return { reason: "its inputs are of shapes that do not fit" };
    }
    from.push(wide.join() === output.join() ? use.from[k] : spreadOver(layer, use.from[k], wide, output, graph));
  }
  const kind = layer.getClassName().toLowerCase() as MergeOp["kind"];
  return graph.add({ ...baseOf(layer, from, size, size), kind });
}

function spreadOver(
  layer: LayerView,
  from: number,
  shape: readonly number[],
  output: readonly number[],
  graph: GraphBuilder,
): number {
  const order = orderOf(output, (at) =>
    indexIn(
      shape,
      at.map((coordinate, axis) => (shape[axis] === 1 ? 0 : coordinate)),
    ),
  );
  return graph.add({ ...baseOf(layer, [from], count(shape), count(output)), kind: "rearrange", order });
}

export function translateConcatenate(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const rank = use.output.length + 1;
  const given = Number(layer.getConfig()["axis"] ?? -1);
  const axis = (given < 0 ? given + rank : given) - 1;
  if (axis < 0) return { reason: "it joins examples" };
  const lines = count(use.output.slice(0, axis));
  const pieces = use.inputs.map((shape) => count(shape) / lines);
  return graph.add({
    ...baseOf(layer, use.from, count(use.inputs[0]), count(use.output)),
    kind: "concatenate",
    lines,
    pieces,
  });
}

/** Calls `visit` with the coordinates of every entry of a shape, in order. */
function orderOf(shape: readonly number[], sourceOf: (at: readonly number[]) => number): Int32Array {
  const at = shape.map(() => 0);
  return Int32Array.from({ length: count(shape) }, () => {
    const source = sourceOf(at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]++;
      if (at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
    return source;
  });
}

function indexIn(shape: readonly number[], at: readonly number[]): number {
  return at.reduce((index, coordinate, axis) => index * shape[axis] + coordinate, 0);
}

export function translatePermute(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const [input] = use.inputs;
  const axes = numbers(layer, "dims", input.length).map((axis) => axis - 1);
  const order = orderOf(use.output, (at) => {
    const source = input.map(() => 0);
    axes.forEach((axis, k) => (source[axis] = at[k]));
    return indexIn(input, source);
  });
  return rearrange(layer, use, order, graph);
}

/** RepeatVector, UpSampling2D by nearest neighbors, Cropping2D: each entry is one of the input. */
export function translateRepeat(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const [input] = use.inputs;
  const config = layer.getConfig();
  switch (layer.getClassName()) {
    case "RepeatVector":
      return rearrange(
        layer,
        use,
        orderOf(use.output, (at) => at[1]),
        graph,
      );
    case "UpSampling2D": {
      if ((config["interpolation"] ?? "nearest") !== "nearest") return { reason: "its interpolation has no kernels" };
      const [tall, wide] = numbers(layer, "size", 2);
      const sourceOf = ([y, x, c]: readonly number[]): number =>
        indexIn(input, [Math.floor(y / tall), Math.floor(x / wide), c]);
      return rearrange(layer, use, orderOf(use.output, sourceOf), graph);
    }
    case "Cropping2D": {
      const [[top], [left]] = config["cropping"] as [[number, number], [number, number]];
      return rearrange(
        layer,
        use,
        orderOf(use.output, ([y, x, c]) => indexIn(input, [y + top, x + left, c])),
        graph,
      );
    }
    default:
      return { reason: "its class has no kernels yet" };
  }
}

function rearrange(layer: LayerView, use: LayerUse, order: Int32Array, graph: GraphBuilder): number {
  return graph.add({ ...baseOf(layer, use.from, count(use.inputs[0]), count(use.output)), kind: "rearrange", order });
}
