import { createHash } from "node:crypto";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { type ClientDuplexStream, type ServiceError, Client, ChannelCredentials } from "@grpc/grpc-js";
import type { TensorSpec } from "../manifest.ts";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { joinMethod } from "./service.ts";

/** A site that says exactly what a test tells it to, remembers what it was told, and leaves when the run stops. */
export interface RawSite {
  readonly call: ClientDuplexStream<SiteMessage, CoordinatorMessage>;
  readonly received: CoordinatorMessage[];
  readonly send: (...messages: SiteMessage[]) => void;
  /** Waits for the next message that fits, from the first one on that was not waited for yet. */
  readonly next: <K extends CoordinatorMessage["kind"]>(kind: K) => Promise<CoordinatorMessage & { kind: K }>;
  /** Resolves with the status that ended the stream. */
  readonly ended: Promise<number>;
  readonly close: () => void;
}

export function rawSite(
  address: string,
  site: string,
  serialize: (message: SiteMessage) => Buffer = joinMethod.requestSerialize,
): RawSite {
  const channel = new Client(address, ChannelCredentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const call = channel.makeBidiStreamRequest(joinMethod.path, serialize, joinMethod.responseDeserialize);
  const received: CoordinatorMessage[] = [];
  let looked = 0;
  let wake: (() => void)[] = [];
  call.on("data", (m: CoordinatorMessage) => {
    received.push(m);
    if (m.kind === "instruction" && m.instruction === "stop") call.end({ kind: "leave" });
    for (const w of wake.splice(0)) w();
  });
  const ended = new Promise<number>((resolve) => {
    call.on("error", (error: ServiceError) => resolve(error.code));
    call.on("end", () => resolve(0));
  });
  call.write({ kind: "join", protocolVersion: 1, site, capabilities: ["train"], weight: 1, held: null });
  const next: RawSite["next"] = async (kind) => {
    for (;;) {
      while (looked < received.length) {
        const m = received[looked];
        looked += 1;
        if (m?.kind === kind) return m as never;
      }
      await new Promise<void>((resolve) => wake.push(resolve));
    }
  };
  const close = (): void => {
    call.cancel();
    channel.close();
  };
  return { call, received, next, ended, close, send: (...messages) => void messages.map((m) => call.write(m)) };
}

/** The spec and bytes of the one tensor w of two float32. */
export function wireVector(a: number, b: number): { spec: TensorSpec; data: Uint8Array } {
  const data = new Uint8Array(Float32Array.of(a, b).buffer);
  return {
    data,
    spec: { name: "w", dtype: "float32", shape: [2], sha256: createHash("sha256").update(data).digest() },
  };
}

/** A whole update of w, as messages. */
export function updateMessages(round: number, a: number, b: number): SiteMessage[] {
  const { spec, data } = wireVector(a, b);
  return [
    { kind: "update-header", round, stepsTaken: 1, isAgain: false, privacy: null, tensors: [spec] },
    { kind: "chunk", tensor: 0, index: 0, data },
    { kind: "update-end", round, complete: true },
  ];
}

/** A TCP relay on loopback whose lines can be cut. */
export interface Relay {
  readonly address: string;
  /** Bytes from client to server so far. */
  readonly uploaded: () => number;
  /** Bytes from server to client so far. */
  readonly downloaded: () => number;
  /** Destroys all lines at once, without a word to either side. */
  readonly cut: () => void;
  /** Destroys the clients' ends alone: to the server the lines look whole, until `cut`. */
  readonly cutNear: () => void;
  readonly close: () => void;
}

export async function relayTo(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const nears = new Set<Socket>();
  const halved = new Set<Socket>();
  let [uploaded, downloaded] = [0, 0];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const s of [near, far]) {
      sockets.add(s);
      s.on("error", () => s.destroy());
      s.on("close", () => {
        sockets.delete(s);
        nears.delete(near);
        near.destroy();
        if (!halved.has(near)) far.destroy();
      });
    }
    nears.add(near);
    near.on("data", (bytes) => (uploaded += bytes.length));
    far.on("data", (bytes) => (downloaded += bytes.length));
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const s of sockets) s.destroy();
  };
  const cutNear = (): void => {
    for (const near of nears) {
      halved.add(near);
      near.destroy();
    }
  };
  const { port: own } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${own}`,
    uploaded: () => uploaded,
    downloaded: () => downloaded,
    cut,
    cutNear,
    close: () => {
      server.close();
      cut();
    },
  };
}
