// Writes what compose.yaml mounts: ./hospitals-run with a folder per party.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { enableProdMode, setBackend } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { names, prepare, writeSite } from "./prepare.js";

const dir = resolve("hospitals-run");
if (existsSync(dir)) throw new Error(`${dir} is there already; move it away`);
enableProdMode();
await setBackend("cpu");
await prepare(dir, ["coordinator"], "0.0.0.0:7443");
for (const name of names) writeSite(dir, name, "coordinator:7443");
// inside the container the page listens for the host, which publishes it on loopback alone; six containers that start at
// once on a small machine need longer for their first round than processes that follow one another
const file = join(dir, "coordinator", "run.json");
const run = JSON.parse(readFileSync(file, "utf8"));
const patience = { deadlineMs: 60_000, secureAggregation: { ...run.secureAggregation, stepMs: 20_000 } };
writeFileSync(file, JSON.stringify({ ...run, ...patience, observe: "0.0.0.0:9464" }, null, 2));
console.log(`written: ${dir}`);
