import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Parameters } from "../parameters.ts";
import { startClient } from "./client.ts";
import { encodeSiteMessage } from "./codec.ts";
import { loopbackServer, scriptedClient } from "./scripted-client.fixture.ts";
import type { FederatedServer } from "./server.ts";
import { joinMethod } from "./service.ts";

/** A site that joins and opens no window: nothing that it is sent ever leaves. */
function stalledSite(server: FederatedServer, site: string): ClientHttp2Stream {
  const session = connectHttp2(`http://${server.address}`, { settings: { initialWindowSize: 1000 } });
  session.on("error", () => undefined);
  const headers = { ":method": "POST", ":path": joinMethod.path, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(headers);
  stream.on("error", () => undefined);
  const join = { kind: "join", protocolVersion: 1, site, capabilities: ["train"], weight: 1, held: null } as const;
  const message = encodeSiteMessage(join);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.write(Buffer.concat([prefix, message]));
  onTestFinished(() => session.destroy());
  return stream;
}

const big = (value: number): Parameters => {
  const data = new Float32Array(2 ** 20).fill(value);
  return [{ name: "w", dtype: "float32", shape: [data.length], data }];
};

describe("sites that join and take nothing", () => {
  it("keep no other from getting the model", async () => {
    const stalled = 6;
    const server = await loopbackServer({
      initialModel: { parameters: big(1) },
      minClients: stalled + 1,
      quorum: 1,
      graceMs: 1,
      deadlineMs: 30_000,
    });
    for (let i = 0; i < stalled; i++) stalledSite(server, `a${i}`);
    const honest = startClient({ address: server.address, site: "honest", client: scriptedClient(() => big(3)) });
    const { rounds } = await server.finished;
    await honest;
    expect(rounds[0]?.sites.find(({ site }) => site === "honest")?.status).toBe("used");
  }, 60_000);
});
