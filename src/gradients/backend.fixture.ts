import { createRequire } from "node:module";
import { dirname } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

const require = createRequire(import.meta.url);

/** The folder that tools/build-tfjs-node.sh made, where the native backend is to be tested too. */
export const nativeFolder: string | undefined = process.env["SORDINO_TFJS_NODE"];

/** tfjs-node registers its kernels with the one engine of the process. */
function loadNative(): void {
  if (nativeFolder === undefined)
    throw new Error("SORDINO_TFJS_NODE was wanted: the folder of tools/build-tfjs-node.sh");
  const old = require("node:util") as Record<string, unknown>;
  // taken out of Node 23, called by tfjs-node 4.22.0
  old["isNullOrUndefined"] ??= (x: unknown): boolean => x === null || x === undefined;
  old["isArray"] ??= Array.isArray;
  createRequire(`${nativeFolder}/`)("@tensorflow/tfjs-node");
}

/** Makes a backend of the development dependencies, or the native one, the current one. */
export async function useBackend(name: "cpu" | "wasm" | "tensorflow"): Promise<void> {
  if (name === "tensorflow") loadNative();
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
  if (!(await tf.setBackend(name))) throw new Error(`backend ${name} did not start`);
  await tf.ready();
}
