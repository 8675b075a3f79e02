// Flower's server and clients in processes of their own, for bench/federated.js.
import { spawn, spawnSync } from "node:child_process";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The interpreter that FLWR_PYTHON names, with its Flower's version; null where there is none. */
export function flower() {
  const python = process.env.FLWR_PYTHON;
  if (python === undefined) return null;
  const { stdout, status } = spawnSync(python, ["-c", "import flwr; print(flwr.__version__)"], { encoding: "utf8" });
  return status === 0 ? { python, version: stdout.trim() } : null;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port, child) {
  while (child.exitCode === null && child.signalCode === null) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
      socket.on("error", () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Rounds per second, peak memory and processor time of the server; {} where it did not finish. */
export async function measureFlower({ sites, parameters, rounds }, { python }, timeout) {
  const port = await freePort();
  const start = (file, ...args) => {
    const options = { stdio: ["ignore", "pipe", "ignore"], timeout };
    return spawn(python, [here + file, ...args.map(String)], options);
  };
  const server = start("flwr_server.py", port, sites, parameters, rounds);
  let said = "";
  server.stdout.on("data", (data) => (said += data));
  const ended = new Promise((resolve) => server.once("close", resolve));
  await listening(port, server);
  const clients = start("flwr_client.py", port, sites);
  const left = new Promise((resolve) => clients.once("exit", resolve));
  const code = await ended;
  if (code !== 0) clients.kill();
  await left;
  return code === 0 ? JSON.parse(said.trim().split("\n").at(-1)) : {};
}
