// The Python environment of tools/interop.js and the process in it that answers for the peers.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const python = `${root}.venv-interop/bin/python`;
const installs = [
  ["dp-accounting==0.6.0"],
  // its accountants need no torch
  ["--no-deps", "opacus==1.6.0"],
];

function giveUp(why) {
  console.log(`nothing was compared: ${why}`);
  process.exit(3);
}

/** Makes the environment unless it is there; ends the process with 3 when that is not possible. */
export function prepare() {
  const has = spawnSync(python, ["-c", "import dp_accounting, importlib.util as u; assert u.find_spec('opacus')"]);
  if (has.status === 0) return;
  if (spawnSync("python3", ["--version"]).status !== 0) giveUp("there is no python3");
  const made = spawnSync("python3", ["-m", "venv", `${root}.venv-interop`]);
  if (made.status !== 0) giveUp("python3 can not make a virtual environment");
  for (const list of installs) {
    const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...list];
    const done = spawnSync(python, args, { stdio: ["ignore", "ignore", "inherit"], timeout: 150_000 });
    if (done.status !== 0) giveUp(`pip could not install ${list.join(" ")}`);
  }
}

/** Asks the peers; answers come in the order of the questions. */
export function openPeers() {
  const child = spawn(python, ["-W", "ignore", `${root}tools/interop-peers.py`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.(JSON.parse(line)));
  child.on("exit", () => {
    for (const resolve of waiting.splice(0)) resolve({ error: "the peers' process ended" });
  });
  return {
    ask: (job) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(job)}\n`);
      }),
    close: () => child.stdin.end(),
  };
}
