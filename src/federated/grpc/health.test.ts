import { Client, ChannelCredentials, type ServiceError } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkMethod, watchMethod } from "./health.ts";
import { loopbackServer } from "./scripted-client.fixture.ts";

async function prober(): Promise<{ client: Client; close: () => Promise<void> }> {
  const server = await loopbackServer();
  const client = new Client(`127.0.0.1:${server.port}`, ChannelCredentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await server.close();
  });
  return { client, close: server.close };
}

/** As raw bytes, the way a prober in another language sends and reads them. */
async function check(client: Client, request: Buffer): Promise<Buffer | number> {
  return await new Promise((resolve) => {
    client.makeUnaryRequest(
      checkMethod.path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      (error: ServiceError | null, reply?: Buffer) => resolve(error === null ? (reply ?? Buffer.alloc(0)) : error.code),
    );
  });
}

const asking = (service: string): Buffer => Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);

describe("grpc.health.v1", () => {
  it("says SERVING of the server and its service, NOT_FOUND of others, and takes no nonsense", async () => {
    const { client } = await prober();
    const serving = Buffer.from([0x08, 0x01]);
    expect(await check(client, Buffer.alloc(0))).toEqual(serving);
    expect(await check(client, asking(""))).toEqual(serving);
    expect(await check(client, asking("sordino.federated.v1.Federation"))).toEqual(serving);
    expect(await check(client, asking("other"))).toBe(5);
    for (const nonsense of [[0x0a], [0x0a, 9, 1], [0x12, 0], [0xff, 0xff, 0xff]]) {
      expect(await check(client, Buffer.from(nonsense))).toBe(5);
    }
  });

  it("tells who watches that it serves, and at the end that it does not", async () => {
    const { client, close } = await prober();
    const { path, requestSerialize, responseDeserialize } = watchMethod;
    const said: number[] = [];
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: "" });
    const ended = new Promise<void>((resolve) => call.on("end", resolve).on("error", () => resolve()));
    await new Promise<void>((resolve) => {
      call.on("data", (value: number) => {
        said.push(value);
        resolve();
      });
    });
    await close();
    await ended;
    expect(said).toEqual([1, 2]);
  });
});
