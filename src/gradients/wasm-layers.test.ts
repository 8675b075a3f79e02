import { describeLayers } from "./wasm-layers.fixture.ts";

// the build that runs here: plain SIMD, or relaxed where the engine takes it by itself
describeLayers();
