import { join } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { readJson, readWhole, writeWhole } from "../ledger/index.ts";
import {
  type Parameter,
  type ParameterDtype,
  type Parameters,
  bytesOfParameter,
  dtypeBytes,
  elementsOf,
  parameterFromBytes,
} from "./parameters.ts";

const weightsName = "weights.bin";

/** A model in TensorFlow.js's layout, read without TensorFlow.js. */
export interface ModelFolder {
  /** tf.layers topology, JSON. */
  readonly topologyJson: string;
  readonly parameters: Parameters;
}

interface WeightEntry {
  readonly name: string;
  readonly dtype: ParameterDtype;
  readonly shape: number[];
}

/**
 * Reads `model.json` and its weights, as written by TensorFlow.js or `saveModel`: float32, int32 and bool, unquantised.
 *
 * @throws PrivacyError `file_unreadable` when a file is missing, is something else, or is cut short.
 */
export function readModelFolder(dir: string): ModelFolder {
  const path = join(dir, "model.json");
  const { modelTopology, weightsManifest } = readJson(path) as { modelTopology?: unknown; weightsManifest?: unknown };
  if (typeof modelTopology !== "object" || modelTopology === null || !Array.isArray(weightsManifest)) {
    throw unreadable(path, "no tf.layers topology with a weights manifest");
  }
  const groups = weightsManifest as { paths?: string[]; weights?: WeightEntry[] }[];
  const names = groups.flatMap((g) => g.paths ?? []);
  // a path in a file from elsewhere may name a sibling and nothing else
  if (!names.every((n) => /^[\w-][\w.-]*$/.test(n))) throw unreadable(path, "weights outside its folder");
  const bytes = Uint8Array.from(Buffer.concat(names.map((name) => readWhole(join(dir, name)))));
  let at = 0;
  const parameters = groups
    .flatMap((g) => g.weights ?? [])
    .map(({ name, dtype, shape }): Parameter => {
      if (!["float32", "int32", "bool"].includes(dtype)) throw unreadable(path, `weights of dtype ${dtype}`);
      const length = elementsOf(shape) * dtypeBytes[dtype];
      at += length;
      // copied: a view need not align
      return parameterFromBytes(name, dtype, shape, bytes.slice(at - length, at));
    });
  if (at !== bytes.length) throw unreadable(path, "its weights are cut short or too long");
  return { topologyJson: JSON.stringify(modelTopology), parameters };
}

/** Writes a model so that TensorFlow.js reads it, each file whole or not at all. */
export function writeModelFolder(dir: string, { topologyJson, parameters }: ModelFolder): void {
  const weights = parameters.map(({ name, dtype, shape }, i) => ({ name: name ?? String(i), dtype, shape }));
  const weightsManifest = [{ paths: [weightsName], weights }];
  const modelTopology = JSON.parse(topologyJson) as unknown;
  writeWhole(join(dir, weightsName), Buffer.concat(parameters.map((p) => bytesOfParameter(p))));
  writeWhole(join(dir, "model.json"), JSON.stringify({ format: "layers-model", modelTopology, weightsManifest }));
}

function unreadable(path: string, reason: string): PrivacyError<"file_unreadable"> {
  const text = `${path} was wanted as a TensorFlow.js layers model and is not: ${reason}`;
  return new PrivacyError("file_unreadable", text, { path, reason });
}
