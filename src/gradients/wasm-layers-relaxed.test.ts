import { setFlagsFromString } from "node:v8";
import { expect, it } from "vitest";
import { openKernels } from "../kernels/index.ts";
import { describeLayers } from "./wasm-layers.fixture.ts";

// test files are processes of their own: the flag changes nothing elsewhere
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

it("runs on relaxed SIMD", () => expect(["relaxed-simd", "wide"]).toContain(openKernels().build));
describeLayers();
