import { type ServerDuplexStream, Client, ServerCredentials, Server, credentials } from "@grpc/grpc-js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { encodeChunk, frameOf } from "./chunk-bytes.ts";
import { decodeSiteMessage } from "./codec.ts";
import { type Listener, converse } from "./conversation.ts";
import { sordino } from "./gen/federated.js";
import { federationService, joinMethod } from "./service.ts";
import { takeMessage } from "./message-buffers.ts";
import { takeShortcuts } from "./shortcuts.ts";

type ServerCall = ServerDuplexStream<SiteMessage, CoordinatorMessage>;

const listener = <In>(receive: (message: In) => Promise<void>): Listener<In> => {
  return { receive, closed: async () => undefined, failed: (error) => expect.fail(String(error)) };
};

describe("shortcuts through grpc-js", () => {
  it("are found in the pinned release on both sides, and carry what was sent, both ways", async () => {
    let atServer: ServerCall | undefined;
    const server = new Server();
    const sizes = [1, 70_000, 1 << 20, 5, 1 << 20, 3];
    const chunks = sizes.map((size, i) => {
      const data = new Uint8Array(size).map((_, k) => (i * 31 + k * 7) % 256);
      return { kind: "chunk" as const, tensor: i, index: 0, data };
    });
    server.addService(federationService, {
      join: (call: ServerCall) => {
        atServer = call;
        const speaker = converse<SiteMessage, CoordinatorMessage>(
          call,
          listener(async (message) => {
            // copied: its bytes are another message's soon
            if (message.kind === "chunk") void speaker.send({ ...message, data: Uint8Array.from(message.data) });
          }),
        );
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (e, p) => (e ? reject(e) : resolve(p)));
    });
    const channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = joinMethod;
    const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on("error", () => undefined);
    const back: Uint8Array[] = [];
    await new Promise<void>((resolve) => {
      const speaker = converse<CoordinatorMessage, SiteMessage>(
        call,
        listener(async (message) => {
          if (message.kind === "chunk") back.push(Uint8Array.from(message.data));
          if (back.length === chunks.length) resolve();
        }),
      );
      for (const chunk of chunks) void speaker.send(chunk);
    });
    expect(back.every((bytes, i) => Buffer.from(bytes).equals(chunks[i].data))).toBe(true);
    expect([atServer !== undefined && takeShortcuts(atServer), takeShortcuts(call)]).toEqual([true, true]);
    call.cancel();
    channel.close();
    server.forceShutdown();
  });

  it("use a frame again when it was written, and not when its stream was destroyed, whatever is called back", () => {
    for (const destroyed of [false, true]) {
      let written = (): void => expect.fail("nothing was sent");
      const call = {
        handler: { serialize: (message: unknown) => encodeChunk(message as CoordinatorMessage & { kind: "chunk" }) },
        serializeMessage: (): Buffer => Buffer.alloc(0),
        sendMessage: (_message: unknown, callback: () => void) => void (written = callback),
        decoder: { write: () => [], readState: 0, maxReadMessageLength: -1 },
        stream: { destroyed },
      };
      expect(takeShortcuts({ call })).toBe(true);
      const message = { kind: "chunk", tensor: 0, index: 0, data: new Uint8Array(1 << 20) };
      const frame = (call.serializeMessage as (m: unknown) => Buffer)(message);
      call.sendMessage(message, () => undefined);
      written();
      const next = takeMessage(1 << 20);
      expect(next.buffer === frame.buffer).toBe(!destroyed);
    }
  });

  it("are left alone where a release does not have them", () => {
    expect(takeShortcuts({})).toBe(false);
    expect(takeShortcuts({ call: { handler: {} } })).toBe(false);
    expect(takeShortcuts({ call: { call: { child: null, filterStack: null } } })).toBe(false);
  });
});

describe("a chunk of several tensors", () => {
  it("has the bytes that the generated code gives, with its frame's prefix before them", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const place = fc.record({ tensor: fc.nat({ max: 2 ** 32 - 1 }), index: fc.nat({ max: 2 ** 32 - 1 }) });
    fc.assert(
      fc.property(place, bytes, fc.array(bytes, { maxLength: 4 }), (at, data, rest) => {
        const message = encodeChunk({ kind: "chunk", ...at, data, rest });
        const all = Buffer.concat([data, ...rest]);
        const generated = sordino.federated.v1.SiteMessage.encode({ chunk: { ...at, data: all } }).finish();
        expect(decodeSiteMessage(message)).toEqual(decodeSiteMessage(generated));
        expect(message.equals(generated)).toBe(true);
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(message.length, 1);
        expect(frameOf(message)?.equals(Buffer.concat([prefix, message]))).toBe(true);
        expect(frameOf(Buffer.from(message))).toBeUndefined();
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
