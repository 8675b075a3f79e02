import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { fedAvg } from "../strategy.ts";
import { startServer } from "./server.ts";

describe("a coordinator that ends", () => {
  it("does not wait for sockets that connected and never said a word", async () => {
    const server = await startServer({
      address: "127.0.0.1:0",
      strategy: fedAvg({ weights: "equal" }),
      rounds: 1,
      minClients: 1,
      initialModel: [{ name: "w", dtype: "float32", shape: [1], data: Float32Array.of(0) }],
    });
    const sockets = Array.from({ length: 20 }, (): Socket =>
      connect(server.port, "127.0.0.1")
        .on("error", () => undefined)
        .resume(),
    );
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    // a socket that is reset says so with an error first; only its end counts here
    // long enough for the server to greet every one of them and wait for an answer
    await new Promise((resolve) => setTimeout(resolve, 500));
    const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())));
    // ends within the test's own limit, and the sockets are gone with it
    await server.close();
    // they read nothing until now, so that no farewell could reach them
    for (const socket of sockets) socket.resume();
    await Promise.all(closed);
    expect(sockets.every((socket) => socket.destroyed)).toBe(true);
  }, 15_000);
});
