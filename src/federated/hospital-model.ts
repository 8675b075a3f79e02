import { type Tensor, dispose, tensor } from "@tensorflow/tfjs-core";
import { type LayersModel, layers, models } from "@tensorflow/tfjs-layers";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RunAnnouncement } from "./client.ts";
import { manifestBytes } from "./manifest.ts";
import { type Parameters, elementsOf } from "./parameters.ts";

/** The largest model that is built where no tensors were announced. */
const unannouncedBytes = 2 ** 30;

/** What is used of the class of all layers. */
interface LayerInsides {
  addWeight: (name: string, shape: number[], ...rest: unknown[]) => unknown;
}

/**
 * Runs what makes layers, and stops it before a weight is made that the limit has no room for. TensorFlow.js makes all
 * layers of a topology before it first waits, so the guard is gone when anybody else makes a layer.
 */
function withinBytes<T>(limit: number, make: () => Promise<T>): Promise<T> {
  const prototype = (layers as unknown as { Layer: { prototype: LayerInsides } }).Layer.prototype;
  const { addWeight } = prototype;
  let bytes = 0;
  prototype.addWeight = function (this: unknown, name, shape, ...rest) {
    // float32 or int32
    bytes += 4 * elementsOf(shape);
    if (!(bytes <= limit)) throw new RangeError("a weight beyond the announced size");
    return addWeight.call(this as LayerInsides, name, shape, ...rest);
  };
  try {
    return make();
  } finally {
    prototype.addWeight = addWeight;
  }
}

/**
 * Builds the model that a coordinator announces. No weight is made that would take the model beyond the tensors that were
 * announced with it: a topology of a few bytes could otherwise ask for any amount of memory.
 *
 * @throws PrivacyError `protocol_violation` when the topology can not be built or does not fit the tensors.
 */
export async function buildModel({ topologyJson, tensors }: RunAnnouncement): Promise<LayersModel> {
  const expected = "a tf.layers topology that fits the tensors it announces";
  let model: LayersModel;
  try {
    model = await withinBytes(tensors.length === 0 ? unannouncedBytes : manifestBytes(tensors), () =>
      models.modelFromJSON(JSON.parse(topologyJson) as never),
    );
  } catch (cause) {
    const text = `the coordinator was to send ${expected}, and its topology could not be built; ask whoever runs it`;
    throw new PrivacyError("protocol_violation", text, { rule: "topology", round: 0 }, { cause });
  }
  const shapes = model.weights.map((w) => String(w.shape));
  const announced = tensors.map((t) => String(t.shape));
  if (tensors.length > 0 && (shapes.length !== announced.length || shapes.some((s, i) => s !== announced[i]))) {
    throw new PrivacyError("protocol_violation", `the coordinator was to send ${expected}, and they differ`, {
      rule: "topology",
      round: 0,
    });
  }
  return model;
}

/** A model that can not take the site's records would fail at its first step, with the schedule already spent. */
export function refuseOtherInput(model: LayersModel, example: readonly number[]): void {
  const wanted = model.inputs[0]?.shape.slice(1) ?? [];
  const fits = wanted.length === example.length && wanted.every((n, i) => n === null || n === example[i]);
  if (fits && model.inputs.length === 1) return;
  const advice = "the coordinator's model is made for other data; nothing was spent";
  throw invalidArgument("data.x", `examples of shape [${wanted.join(", ")}]`, `[${example.join(", ")}]`, advice);
}

/** Sets all weights; the tensors that carry them are freed. */
export function setWeights(model: LayersModel, parameters: Parameters): void {
  const tensors = parameters.map((p): Tensor => {
    if (p.dtype !== "float32" && p.dtype !== "int32")
      throw invalidArgument("parameters[].dtype", "float32 or int32", p.dtype);
    return tensor(p.data as Float32Array | Int32Array, [...p.shape], p.dtype);
  });
  model.setWeights(tensors);
  dispose(tensors);
}

/** Copies of the model's weights, under the names that came in. */
export async function weightsOf(model: LayersModel, named: Parameters | undefined): Promise<Parameters> {
  const copies = model.getWeights().map(async (weight, i) => {
    const data = (await weight.data()).slice() as Float32Array | Int32Array;
    const name = named?.[i]?.name ?? model.weights[i]?.originalName ?? String(i);
    return { name, dtype: weight.dtype as "float32" | "int32", shape: weight.shape, data };
  });
  return await Promise.all(copies);
}
