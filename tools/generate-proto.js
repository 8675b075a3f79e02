// Regenerates the protobuf code from proto/ (npm run proto). Deterministic: a second run leaves no diff.
//   node tools/generate-proto.js [FOLDER]     writes below FOLDER instead of the repository, for comparison
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const outputRoot = resolve(process.argv[2] ?? root);
process.chdir(root);
const pbjs = createRequire(import.meta.url).resolve("protobufjs-cli/bin/pbjs");

/** What is generated: the proto file below proto/, the module it becomes, its own registry in protobufjs. */
const targets = [
  {
    proto: "sordino/federated/v1/federated.proto",
    output: "src/federated/grpc/gen/federated.js",
    registry: "sordino_federated_v1",
  },
];

// Comments stay in: the declarations are made from them. Services are written by hand: pbjs knows no streaming.
const flags = ["-t", "static-module", "-w", "esm", "--dts", "--no-service"];
const leaveOut = ["--no-verify", "--no-convert", "--no-delimited", "--no-typeurl"];
for (const { proto, output, registry } of targets) {
  const path = join(outputRoot, output);
  mkdirSync(dirname(path), { recursive: true });
  const paths = ["-r", registry, "-p", "proto", "-o", path, `proto/${proto}`];
  execFileSync(process.execPath, [pbjs, ...flags, ...leaveOut, ...paths], { stdio: "inherit" });
}
