import type { Server } from "@grpc/grpc-js";

/**
 * The HTTP/2 receive window, in bytes, per stream and per connection. A window travels once in a round trip, so the
 * default of 64 KiB carries at most 1.6 MiB/s at 40 ms.
 */
export const flowControlWindow: number = 16 << 20;

/** What is used of a server's insides; each is looked for before it is used. */
interface ServerInsides {
  commonServerOptions?: { settings?: Record<string, unknown> };
  createHttp2Server?: (...args: unknown[]) => {
    on?: (event: "session", listener: (session: SessionInsides) => void) => void;
  };
}

interface SessionInsides {
  setLocalWindowSize?: (bytes: number) => void;
}

/**
 * Opens the receive windows of a server before it is bound. grpc-js reads `grpc-node.flow_control_window` on clients
 * alone, so this reaches for two private members of the pinned release.
 *
 * @returns false when the release at hand has them no longer: then transfers are right but slow, and a test says so.
 */
export function openServerWindows(server: Server): boolean {
  const insides = server as unknown as ServerInsides;
  const { commonServerOptions, createHttp2Server } = insides;
  if (typeof commonServerOptions !== "object" || typeof createHttp2Server !== "function") return false;
  commonServerOptions.settings = { ...commonServerOptions.settings, initialWindowSize: flowControlWindow };
  insides.createHttp2Server = (...args) => {
    const http2 = createHttp2Server.apply(server, args);
    // the setting covers streams; the connection's own window is raised on each session
    http2.on?.("session", (session) => session.setLocalWindowSize?.(flowControlWindow));
    return http2;
  };
  return true;
}
