import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { enableProdMode, getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { PrivacyError } from "../core/index.ts";

/**
 * Puts TensorFlow.js on its WebAssembly backend. Only our own commands may: it changes state that a library user owns.
 *
 * @throws PrivacyError `invalid_state` when the backend does not start.
 */
export async function useWasmBackend(): Promise<void> {
  enableProdMode();
  const manifest = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
  setWasmPaths(join(dirname(manifest), "dist") + sep);
  await setBackend("wasm");
  await ready();
  if (getBackend() !== "wasm") {
    throw new PrivacyError("invalid_state", "the WebAssembly backend of TensorFlow.js was wanted and did not start", {
      object: "backend",
      state: getBackend(),
    });
  }
}
