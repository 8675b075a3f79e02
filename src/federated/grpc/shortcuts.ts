import { frameOf } from "./chunk-bytes.ts";
import { giveMessage, prefixBytes } from "./message-buffers.ts";
import { MessageReader } from "./message-reader.ts";

/** What is used of a decoder's insides. */
interface DecoderInsides {
  readonly write?: unknown;
  /** 0 between two messages. */
  readonly readState?: unknown;
  readonly maxReadMessageLength?: unknown;
}

/** What is used of a call's insides, of a server's and of a client's. */
interface CallInsides {
  decoder?: DecoderInsides;
  readonly handler?: { readonly serialize?: (message: unknown) => Buffer };
  serializeMessage?: (message: unknown) => Buffer;
  /** Calls back when the message has left this process, or when its stream was destroyed before, without an error then. */
  sendMessage?: (message: unknown, written: () => void) => void;
  /** Calls back when the frame has left this process or can not. */
  sendMessageWithContext?: (context: { callback?: (error?: unknown) => void }, frame: Buffer) => void;
  /** Null until the call ends, as it does when a write fails. */
  readonly finalStatus?: unknown;
  /** A server's HTTP/2 stream. */
  readonly stream?: { readonly destroyed?: boolean };
  readonly call?: CallInsides;
  readonly child?: CallInsides | null;
  readonly underlyingCalls?: readonly CallInsides[];
  readonly filterStack?: { readonly filters?: readonly { readonly sendCompression?: CompressionInsides }[] } | null;
}

interface CompressionInsides {
  writeMessage?: (message: Buffer, isCompressed: boolean) => Promise<Buffer>;
}

const done = new WeakSet<object>();

/**
 * Spares a gRPC stream, on either side, a copy of each message that it sends and receives: chunks go out in the frame that they
 * were encoded into, and come in to buffers that are used again, as are frames that were written. grpc-js has no option for either, so this reaches for private
 * members of the pinned release, each looked for before it is used.
 *
 * @returns false while they are not all to be found, for a client until its first message has come; then the stream works as
 *   grpc-js has it, and it may be tried again.
 */
export function takeShortcuts(stream: object): boolean {
  if (done.has(stream)) return true;
  const { call } = stream as CallInsides;
  if (call === undefined) return false;
  const isDone =
    call.handler === undefined ? shortenClient(call.call) : shortenServerWrites(call) && replaceDecoder(call);
  if (isDone) done.add(stream);
  return isDone;
}

function shortenServerWrites(call: CallInsides): boolean {
  const serialize = call.handler?.serialize;
  const send = call.sendMessage?.bind(call);
  if (typeof serialize !== "function" || typeof call.serializeMessage !== "function" || send === undefined)
    return false;
  const frames = new WeakMap<object, Buffer>();
  call.serializeMessage = (message) => {
    const bytes = serialize(message);
    const frame = frameOf(bytes) ?? framed(bytes);
    frames.set(message as object, frame);
    return frame;
  };
  call.sendMessage = (message, written) => {
    send(message, () => {
      const frame = frames.get(message as object);
      // of a stream that is destroyed nobody knows what its socket still holds: a part may be on its way
      if (frame !== undefined && call.stream?.destroyed === false) giveMessage(frame);
      written();
    });
  };
  return true;
}

function shortenClient(call: CallInsides | undefined): boolean {
  const transport = call?.child?.underlyingCalls?.[0]?.call?.child;
  const compression = call?.filterStack?.filters?.find((f) => f.sendCompression !== undefined)?.sendCompression;
  const send = transport?.sendMessageWithContext?.bind(transport);
  if (compression?.writeMessage === undefined || transport == null || send === undefined) return false;
  if (transport.finalStatus !== null || !replaceDecoder(transport)) return false;
  const plain = compression.writeMessage.bind(compression);
  compression.writeMessage = async (message, isCompressed) => {
    return (isCompressed ? undefined : frameOf(message)) ?? (await plain(message, isCompressed));
  };
  transport.sendMessageWithContext = (context, frame) => {
    const callback = (error?: unknown): void => {
      // of a call that has ended nobody knows what the transport still holds
      if (transport.finalStatus === null) giveMessage(frame);
      context.callback?.(error);
    };
    send({ ...context, callback }, frame);
  };
  return true;
}

function replaceDecoder(owner: CallInsides): boolean {
  const { decoder } = owner;
  if (decoder?.readState !== 0 || typeof decoder.write !== "function") return false;
  if (typeof decoder.maxReadMessageLength !== "number") return false;
  owner.decoder = new MessageReader(decoder.maxReadMessageLength);
  return true;
}

/** A message with its prefix: not compressed, and its length. */
function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, prefixBytes);
  return frame;
}
