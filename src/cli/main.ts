#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { runCli } from "./program.ts";

// ours to set, since the process is ours: on Node 20 the gradient engine's products fuse with their sums only by this flag
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

process.exitCode = await runCli(process.argv.slice(2));
