// Compiles src to dist, copies what tsc leaves behind (generated protobuf code is JavaScript), and builds the kernels.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
// a package is packed from nothing but the present sources; day-to-day builds overwrite in place
if (process.argv.includes("--clean")) rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
const generated = "src/federated/grpc/gen";
if (existsSync(generated)) cpSync(generated, "dist/federated/grpc/gen", { recursive: true });
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);

// From one source: with the relaxed instructions, which fuse products and sums, and without, for engines that lack them;
// and with wider tiles, for engines that fuse neighboring vectors.
mkdirSync("dist/kernels", { recursive: true });
for (const [name, features, panelWidth] of [
  ["simd", "threads,simd,bulk-memory", 8],
  ["relaxed-simd", "threads,simd,bulk-memory,relaxed-simd", 8],
  ["wide", "threads,simd,bulk-memory,relaxed-simd", 16],
]) {
  const shape = "--runtime stub --noAssert --importMemory --sharedMemory --initialMemory 64 --maximumMemory 65536";
  const options = [
    "-O3",
    "--disableWarning",
    "112",
    ...shape.split(" "),
    "--enable",
    features,
    "--use",
    `panelWidth=${panelWidth}`,
    "-o",
    `dist/kernels/${name}.wasm`,
  ];
  // vectors pass between functions of the module only
  const compiler = ["node_modules/assemblyscript/bin/asc.js", "src/kernels/assembly/index.ts"];
  execFileSync(process.execPath, [...compiler, ...options], { stdio: "inherit" });
}
