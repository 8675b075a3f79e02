// Compiles src to dist and copies what tsc leaves behind (generated protobuf code is JavaScript).
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
// a package is packed from nothing but the present sources; day-to-day builds overwrite in place
if (process.argv.includes("--clean")) rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
const generated = "src/federated/grpc/gen";
if (existsSync(generated)) cpSync(generated, "dist/federated/grpc/gen", { recursive: true });
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
