import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { giveMessage } from "./message-buffers.ts";
import { takeShortcuts } from "./shortcuts.ts";

/** What is used of a gRPC stream, on either side. */
export interface MessageStream<In, Out> {
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  on(event: "data", listener: (message: In) => void): unknown;
  on(event: "end" | "error" | "cancelled" | "close", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  write(message: Out, written: () => void): boolean;
}

/** Who listens to a stream. `receive` is called with one message at a time; a chunk's bytes are its until it resolves. */
export interface Listener<In> {
  readonly receive: (message: In) => Promise<void>;
  /** Once, after the last `receive`: by the peer's end, an error or a cancellation. */
  readonly closed: () => Promise<void>;
  /** What `receive` or `closed` threw: a fault on this side, never the peer's doing. */
  readonly failed: (error: unknown) => void;
}

/** Who speaks on it. */
export interface Speaker<Out> {
  /** Resolves when the transport has taken the message out of memory, and at once when the stream is gone. */
  readonly send: (message: Out) => Promise<void>;
}

/**
 * Joins a gRPC stream to a listener: nothing is read while a message is being dealt with, so the transport's window,
 * not memory, holds what a fast peer sends; and `send` waits until a message is written.
 */
export function converse<In extends SiteMessage | CoordinatorMessage, Out>(
  call: MessageStream<In, Out>,
  listener: Listener<In>,
): Speaker<Out> {
  let isGone = false;
  let tail = Promise.resolve();
  const waiting = new Set<() => void>();
  const then = (step: () => Promise<void>): void => {
    tail = tail.then(step).catch(listener.failed);
  };
  const close = (): void => {
    if (isGone) return;
    isGone = true;
    for (const resume of waiting) resume();
    then(listener.closed);
  };
  takeShortcuts(call);
  call.on("data", (message: In) => {
    takeShortcuts(call);
    call.pause();
    then(async () => {
      await listener.receive(message);
      if (message.kind === "chunk") giveMessage(message.data);
    });
    then(async () => void call.resume());
  });
  for (const event of ["end", "error", "cancelled", "close"] as const) call.on(event, close);
  return {
    send: async (message) => {
      if (isGone || call.writableEnded || call.destroyed) return;
      await new Promise<void>((resume) => {
        waiting.add(resume);
        call.write(message, () => {
          waiting.delete(resume);
          resume();
        });
      });
    },
  };
}
