import type { Server } from "@grpc/grpc-js";

/** What is used of a server's insides; looked for before it is used. */
interface ServerInsides {
  createHttp2Server?: (...args: unknown[]) => {
    on?: (event: "connection", listener: (socket: OpenSocket) => void) => void;
  };
}

interface OpenSocket {
  once(event: "close", listener: () => void): void;
  destroy(): void;
}

/**
 * Remembers the raw sockets of a server that is not bound yet. grpc-js's own shutdown waits for every one of them and ends
 * only those that have spoken HTTP/2: whoever connects and says nothing would keep a finished run from ending.
 *
 * @returns a function that destroys what is still open.
 */
export function trackSockets(server: Server): () => void {
  const insides = server as unknown as ServerInsides;
  const { createHttp2Server } = insides;
  const open = new Set<OpenSocket>();
  if (typeof createHttp2Server === "function") {
    insides.createHttp2Server = (...args) => {
      const http2 = createHttp2Server.apply(server, args);
      http2.on?.("connection", (socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
      });
      return http2;
    };
  }
  return () => {
    for (const socket of open) socket.destroy();
  };
}
