import { setFlagsFromString } from "node:v8";
import { describe } from "vitest";
import { itDrawsTheSame } from "./noise-kernel.fixture.ts";

// before the kernels are opened: they take the build that the process can run
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

describe("the noise kernel with relaxed instructions at hand, of which it uses none", () => itDrawsTheSame());
