import { type io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { join } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { readJson, readWhole, writeWhole } from "../ledger/index.ts";

const weightsName = "weights.bin";

/**
 * Writes a model in TensorFlow.js's own layout (`model.json` with topology and weights manifest, `weights.bin`), without
 * the optimizer, each file whole or not at all. Makes no tensor that outlives the call.
 *
 * @returns the names of the files written, relative to `dir`.
 */
export async function saveModel(model: LayersModel, dir: string): Promise<readonly string[]> {
  await model.save({
    save: (artifacts) => {
      const weights = weightBytes(artifacts.weightData);
      const manifest = [{ paths: [weightsName], weights: artifacts.weightSpecs ?? [] }];
      const topology = {
        modelTopology: artifacts.modelTopology,
        format: "layers-model",
        generatedBy: artifacts.generatedBy ?? null,
        convertedBy: null,
        weightsManifest: manifest,
      };
      writeWhole(join(dir, weightsName), weights);
      writeWhole(join(dir, "model.json"), JSON.stringify(topology));
      const modelArtifactsInfo: io.ModelArtifactsInfo = { dateSaved: new Date(), modelTopologyType: "JSON" };
      return Promise.resolve({ modelArtifactsInfo });
    },
  });
  return ["model.json", weightsName];
}

/**
 * Reads a model written by `saveModel` (or by TensorFlow.js with a single group of weights).
 *
 * @throws PrivacyError `file_unreadable` when a file is missing, is no layers model, or its weights are cut short.
 */
export async function loadModel(dir: string): Promise<LayersModel> {
  const path = join(dir, "model.json");
  const json = readJson(path);
  const { modelTopology, weightsManifest } = parseModelJson(json, path);
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const parts = weightsManifest.flatMap((group) => group.paths.map((name) => readWhole(join(dir, name))));
  const bytes = Uint8Array.from(Buffer.concat(parts));
  try {
    return await loadLayersModel({
      load: () => Promise.resolve({ modelTopology, weightSpecs, weightData: bytes.buffer }),
    });
  } catch (cause) {
    throw new PrivacyError(
      "file_unreadable",
      `${path} was wanted as a TensorFlow.js layers model and could not be built`,
      { path, reason: "not a layers model" },
      { cause },
    );
  }
}

interface ModelJson {
  readonly modelTopology: Record<string, unknown>;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: io.WeightsManifestEntry[];
  }[];
}

function parseModelJson(json: unknown, path: string): ModelJson {
  const shaped = json as Partial<ModelJson> | null;
  const topology = shaped?.modelTopology;
  const manifest = shaped?.weightsManifest;
  const named = Array.isArray(manifest)
    ? manifest.flatMap((group: ModelJson["weightsManifest"][number]) => group.paths ?? ["/"])
    : ["/"];
  // a weights path comes from the file: it may name a sibling and nothing else
  if (
    typeof topology !== "object" ||
    topology === null ||
    named.some((name) => !/^[\w.-]+$/.test(name) || name.startsWith("."))
  ) {
    throw new PrivacyError("file_unreadable", `${path} was wanted as a TensorFlow.js layers model and is not one`, {
      path,
      reason: "no topology or weights manifest",
    });
  }
  return { modelTopology: topology, weightsManifest: manifest ?? [] };
}

function weightBytes(data: io.WeightData | undefined): Uint8Array {
  if (data === undefined) return new Uint8Array(0);
  const parts = Array.isArray(data) ? data : [data];
  return Buffer.concat(parts.map((part) => new Uint8Array(part)));
}
