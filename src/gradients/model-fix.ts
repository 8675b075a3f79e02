import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, models } from "@tensorflow/tfjs-layers";
import "./group-normalization.ts";
import "./multi-head-attention.ts";
import { type LayerView, leaves, viewModel } from "./layer-view.ts";
import { unsupportedModel } from "./model-check.ts";

/**
 * The same model with every BatchNormalization replaced by a GroupNormalization of the same name, for use before
 * training: as many groups as divide the channels, at most 32, of two channels or more. The new layer starts from the old
 * one's scale and offset; what was learned of the batch (moving mean and variance) is dropped. Other layers keep their
 * weights.
 *
 * @returns a new model; the given one is not touched. Its optimizer and loss are not taken over: compile it anew.
 * @throws PrivacyError `unsupported_model` where a BatchNormalization normalizes another axis than the last one, or
 *   channels that cannot be grouped. Layers of your own must be registered, as for a saved model.
 * @source Wu, He 2018, arXiv:1803.08494v3, section 3.1.
 */
export async function fixModel(model: LayersModel): Promise<LayersModel> {
  const old = new Map(leaves(viewModel(model)).map((layer) => [layer.name, layer]));
  const topology = replaceNorms(model.toJSON(undefined, false), old);
  const fixed = await models.modelFromJSON({ modelTopology: topology });
  for (const layer of leaves(viewModel(fixed))) takeWeights(layer, old.get(layer.name));
  return fixed;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Replaces layer records of class BatchNormalization anywhere in a saved topology. */
function replaceNorms(json: unknown, old: ReadonlyMap<string, LayerView>): Json {
  if (Array.isArray(json)) return json.map((entry) => replaceNorms(entry, old));
  if (json === null || typeof json !== "object") return (json ?? null) as Json;
  const record = json as Record<string, unknown>;
  if (record["class_name"] === "BatchNormalization") return replaceNorm(record, old);
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, replaceNorms(value, old)]));
}

function replaceNorm(record: Record<string, unknown>, old: ReadonlyMap<string, LayerView>): Json {
  const config = record["config"] as Record<string, Json>;
  const layer = old.get(nameIn(config));
  const channels = layer?.weights[0]?.shape[0];
  if (layer === undefined || channels === undefined || channels === null) {
    throw refusal(config, "its channels are not known: it has no weights of its own, or stands inside a wrapper");
  }
  const [shape] = (layer as unknown as { inboundNodes: { inputShapes: (number | null)[][] }[] }).inboundNodes[0]
    .inputShapes;
  const axis = Number(config["axis"] ?? -1);
  if (axis !== -1 && axis !== shape.length - 1) throw refusal(config, "it normalizes another axis than the last one");
  const groups = groupsFor(channels);
  if (channels === groups && shape.slice(1, -1).every((length) => length === 1)) {
    throw refusal(config, "it normalizes a single number per example, which would become zero");
  }
  const kept = Object.fromEntries(
    ["name", "trainable", "batch_input_shape", "dtype"].flatMap((key) => {
      return config[key] === undefined ? [] : [[key, config[key]]];
    }),
  );
  const rest = Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value as Json]));
  return { ...rest, class_name: "GroupNormalization", config: { ...kept, groups, epsilon: 1e-3 } };
}

const nameIn = (config: Record<string, Json>): string =>
  typeof config["name"] === "string" ? config["name"] : "a layer without a name";

/** The largest divisor of the channels up to 32 that leaves two channels or more to a group; 1 where none does. */
function groupsFor(channels: number): number {
  for (let groups = Math.min(32, Math.floor(channels / 2)); groups > 1; groups--) {
    if (channels % groups === 0) return groups;
  }
  return 1;
}

function refusal(config: Record<string, Json>, reason: string): Error {
  const layer = nameIn(config);
  const replacement = "GroupNormalization or LayerNormalization, written into the model by hand";
  return unsupportedModel([{ layer, layerClass: "BatchNormalization", reason, replacement }]);
}

function takeWeights(layer: LayerView, from: LayerView | undefined): void {
  if (from === undefined) return;
  const target = layer as unknown as { setWeights(values: tf.Tensor[]): void };
  if (layer.getClassName() !== "GroupNormalization" || from.getClassName() === "GroupNormalization") {
    target.setWeights(from.weights.map((weight) => weight.read()));
    return;
  }
  const config = from.getConfig();
  const learned = from.weights.map((weight) => weight.read());
  const [gamma, beta] = layer.weights.map((weight) => weight.read());
  const hasScale = config["scale"] !== false;
  const hasOffset = config["center"] !== false;
  target.setWeights([hasScale ? learned[0] : gamma, hasOffset ? learned[hasScale ? 1 : 0] : beta]);
}
