import { connect as connectHttp2 } from "node:http2";
import { type Socket, connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { chunkBytes } from "../manifest.ts";
import { startClient } from "./client.ts";
import { sordino } from "./gen/federated.js";
import { rawSite, updateMessages, wireVector } from "./raw-site.fixture.ts";
import { answer, firstValues, loopbackServer, scriptedClient } from "./scripted-client.fixture.ts";
import type { FederatedServer } from "./server.ts";
import { joinMethod } from "./service.ts";

const resourceExhausted = 8;
const invalidArgument = 3;

/** The run goes on: an honest site plays it to its end. */
async function playsOn(server: FederatedServer): Promise<void> {
  await startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
  expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
}

/** A stream of raw HTTP/2 to the service: sends bytes as they are, resolves with the gRPC status. */
async function rawStream(server: FederatedServer, headers: Record<string, string>, bytes: Buffer): Promise<number> {
  const session = connectHttp2(`http://${server.address}`);
  session.on("error", () => undefined);
  const stream = session.request({
    ":method": "POST",
    ":path": joinMethod.path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => undefined);
  stream.resume();
  stream.write(bytes);
  const ended = await new Promise<number>((resolve) => {
    const status = (h: Record<string, unknown>): void => {
      if (h["grpc-status"] !== undefined) resolve(Number(h["grpc-status"]));
    };
    stream.on("response", status);
    stream.on("trailers", status);
    stream.on("close", () => resolve(-1));
  });
  session.destroy();
  return ended;
}

/** A gRPC frame: flag, length, bytes. The length may lie. */
function frame(message: Uint8Array, isCompressed: boolean, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = isCompressed ? 1 : 0;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

describe("a transport that attacks", () => {
  it("compresses 256 MiB into a few hundred KiB: cut off at the size of a message, and the run goes on", async () => {
    const { gzipSync } = await import("node:zlib");
    const bomb = gzipSync(Buffer.alloc(256 << 20));
    const server = await loopbackServer();
    const before = process.memoryUsage().arrayBuffers;
    const status = await rawStream(server, { "grpc-encoding": "gzip" }, frame(bomb, true));
    expect(status).toBe(resourceExhausted);
    expect((process.memoryUsage().arrayBuffers - before) >> 20).toBeLessThan(64);
    await playsOn(server);
  });

  it("names a compression that nobody has, or none for a compressed message: the stream ends, and the run goes on", async () => {
    const server = await loopbackServer();
    for (const headers of [{ "grpc-encoding": "zstd" }, {}]) {
      expect(await rawStream(server, headers, frame(Buffer.alloc(10), true))).toBeGreaterThan(0);
    }
    await playsOn(server);
  });

  it("announces a message of 4 GiB: nothing is kept for it, the stream ends at once", async () => {
    const server = await loopbackServer();
    const before = process.memoryUsage().arrayBuffers;
    const status = await rawStream(server, {}, frame(Buffer.alloc(100), false, 2 ** 32 - 1));
    expect(status).toBe(resourceExhausted);
    expect((process.memoryUsage().arrayBuffers - before) >> 20).toBeLessThan(8);
    await playsOn(server);
  });

  it("opens a hundred lines and says nothing, or half a greeting: the run goes on and ends", async () => {
    const server = await loopbackServer();
    const sockets: Socket[] = [];
    onTestFinished(() => {
      for (const s of sockets) s.destroy();
    });
    for (let i = 0; i < 100; i++) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined);
      if (i % 2 === 0) socket.write("PRI * HTTP/2.0\r\n");
      sockets.push(socket);
    }
    await startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
    for (const s of sockets) s.destroy();
    expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
  });

  it("resets its stream right after it was asked, again and again: each is a broken line, and the run goes on", async () => {
    const server = await loopbackServer({ minClients: 1, deadlineMs: 5_000, rounds: 6 });
    for (let i = 0; i < 4; i++) {
      const raw = rawSite(server.address, "resetter");
      await raw.next("instruction");
      raw.close();
    }
    await startClient({ address: server.address, site: "honest", client: scriptedClient(answer(5, 6)) });
    const { rounds } = await server.finished;
    expect(rounds.filter((r) => r.outcome === "no usable update").length).toBeGreaterThan(0);
    expect(rounds.at(-1)?.outcome).toBe("released");
  });
});

describe("numbers and names that JavaScript trips over", () => {
  const update = sordino.federated.v1.SiteMessage;

  /** A varint of any size, as protobuf has it. */
  function varint(value: bigint): number[] {
    const bytes: number[] = [];
    for (let rest = value; ; rest >>= 7n) {
      if (rest < 0x80n) return [...bytes, Number(rest)];
      bytes.push(Number(rest & 0x7fn) | 0x80);
    }
  }

  it.each([2n ** 53n + 1n, 2n ** 63n + 3n, 2n ** 64n - 1n])(
    "round %d is another round, not this one rounded",
    async (round) => {
      const server = await loopbackServer();
      const { spec, data } = wireVector(100, 100);
      const header = update.encode({
        updateHeader: {
          round: 77,
          tensors: [
            {
              name: spec.name,
              dtype: sordino.federated.v1.TensorDtype.TENSOR_DTYPE_FLOAT32,
              shape: [2],
              sha256: spec.sha256 ?? null,
            },
          ],
        },
      });
      // the generated code can not say such a number: it is put into the bytes
      const bytes = Buffer.from(header.finish());
      const at = bytes.indexOf(Buffer.from([0x08, 77]));
      const inner = Buffer.concat([bytes.subarray(at, at + 1), Buffer.from(varint(round)), bytes.subarray(at + 2)]);
      const raw = rawSite(server.address, "raw", (m) => {
        if (m.kind !== "update-header") return joinMethod.requestSerialize(m);
        return Buffer.concat([Buffer.from([bytes[0] ?? 0]), Buffer.from(varint(BigInt(inner.length))), inner]);
      });
      await raw.next("instruction");
      const [first] = updateMessages(1, 1, 1);
      if (first !== undefined) raw.send(first, { kind: "chunk", tensor: 0, index: 0, data });
      // uint32 on the wire: what is larger is cut to its low 32 bits by every implementation, here 1, 3 and 2^32 - 1
      if (BigInt.asUintN(32, round) !== 1n) expect(await raw.next("reject")).toMatchObject({ reason: "other-round" });
      raw.close();
      await server.close();
    },
  );

  it("a metric named __proto__ or constructor is refused and changes no prototype", async () => {
    const server = await loopbackServer({ evaluateEvery: 1 });
    const raw = rawSite(server.address, "raw", (m) => {
      if (m.kind !== "join") return joinMethod.requestSerialize(m);
      return joinMethod.requestSerialize({ ...m, capabilities: ["train", "evaluate"] });
    });
    await raw.next("instruction");
    raw.send(...updateMessages(1, 1, 1));
    await raw.next("instruction");
    const metrics = Object.fromEntries([["__proto__", 1]]);
    raw.send({ kind: "evaluation", round: 1, metrics });
    expect(await raw.next("reject")).toMatchObject({ reason: "statement" });
    const { rounds } = await server.finished;
    expect(rounds[0]?.evaluation).toMatchObject({ outcome: "no usable evaluation", metrics: {} });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    raw.close();
  });

  it("a tensor or site named __proto__ is a name like any other, or none", async () => {
    const server = await loopbackServer();
    const raw = rawSite(server.address, "__proto__");
    expect(await raw.ended).toBe(invalidArgument);
    await playsOn(server);
  });
});

describe("a site that trickles", () => {
  it("sends a whole chunk now and then: the round does not wait for it longer than the grace", async () => {
    const spec = {
      name: "w",
      dtype: "uint8",
      shape: [8 * chunkBytes],
      data: new Uint8Array(8 * chunkBytes),
    } as const;
    const server = await loopbackServer({
      minClients: 2,
      initialModel: { parameters: [spec] },
      graceMs: 150,
      deadlineMs: 60_000,
    });
    const raw = rawSite(server.address, "raw");
    const honest = startClient({
      address: server.address,
      site: "honest",
      client: scriptedClient((p) => p),
    });
    const { tensors } = await raw.next("instruction");
    raw.send({ kind: "update-header", round: 1, stepsTaken: 0, isAgain: false, privacy: null, tensors });
    let index = 0;
    const trickle = setInterval(() => {
      raw.send({ kind: "chunk", tensor: 0, index, data: new Uint8Array(chunkBytes) });
      index += 1;
    }, 40);
    const { rounds } = await server.finished;
    clearInterval(trickle);
    await honest;
    raw.close();
    expect(rounds[0]?.sites).toMatchObject([
      { site: "honest", status: "used" },
      { site: "raw", status: "failed", reason: "straggler" },
    ]);
  });
});
