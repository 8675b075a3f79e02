import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { federationService } from "./service.ts";

type Call = ServerDuplexStream<SiteMessage, CoordinatorMessage>;

/** A coordinator that says exactly what a test tells it to. */
export interface RawCoordinator {
  readonly address: string;
  /** All that sites have said. */
  readonly received: SiteMessage[];
  readonly close: () => void;
}

/** @param converse - given each stream and each message on it. */
export async function rawCoordinator(converse: (call: Call, message: SiteMessage) => void): Promise<RawCoordinator> {
  const server = new Server();
  const received: SiteMessage[] = [];
  const join = (call: Call): void => {
    call.on("error", () => undefined);
    call.on("data", (message: SiteMessage) => {
      received.push(message);
      converse(call, message);
    });
  };
  server.addService(federationService, { join });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, received, close: () => server.forceShutdown() };
}
