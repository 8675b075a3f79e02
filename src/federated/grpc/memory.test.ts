import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { loopbackServer } from "./scripted-client.fixture.ts";
import type { FederatedServer } from "./server.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const mebibytes = 64;

/** A server whose caller keeps nothing of the model that it was given. */
async function serve(): Promise<FederatedServer> {
  const data = new Float32Array(mebibytes << 18).fill(1);
  const parameters = [{ name: "w", dtype: "float32", shape: [data.length], data } as const];
  const nothing = (): void => undefined;
  return await loopbackServer({ initialModel: { parameters }, onRound: nothing, onRefused: nothing });
}

it("a coordinator holds no model in memory: the first one goes to the disk", async () => {
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const server = await serve();
  // backing stores go one collection after their arrays
  for (let i = 0; i < 4; i++) {
    await new Promise((r) => setTimeout(r, 20));
    collectGarbage();
  }
  expect((process.memoryUsage().arrayBuffers - before) >> 20).toBeLessThan(mebibytes / 2);
  await server.close();
});
