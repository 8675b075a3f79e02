// Runs every benchmark of this folder one after the other: node bench/run.js [name …]. Times are the best of several runs,
// ratios are taken within one run; nothing here asserts.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
const all = readdirSync(folder).filter((name) => name.endsWith(".js") && name !== "run.js");
const chosen = wanted.length === 0 ? all : all.filter((name) => wanted.includes(name.replace(/\.js$/, "")));

console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.version}`);
for (const name of chosen) {
  console.log(`\n## ${name.replace(/\.js$/, "")}`);
  const { status } = spawnSync(process.execPath, [folder + name], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
