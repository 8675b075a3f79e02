import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { sordino } from "./gen/federated.js";
import {
  decodeCoordinatorMessage,
  decodeSiteMessage,
  encodeCoordinatorMessage,
  encodeSiteMessage,
  maxMessageBytes,
} from "./codec.ts";

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const name = fc.string({ minLength: 1, maxLength: 20 });
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const hexDigest = digest.map((bytes) => Buffer.from(bytes).toString("hex"));
const place = fc.record({ tensor: uint32, index: uint32 });
const lineage = fc.record({
  round: uint32,
  parent: fc.option(hexDigest),
  model: hexDigest,
  strategy: fc.string(),
  signature: fc.uint8Array(),
});
const tensors = fc.array(
  fc.record({
    name,
    dtype: fc.constantFrom("float32", "float64", "int32", "int64", "uint8", "bool"),
    shape: fc.array(uint32, { maxLength: 4 }),
    sha256: digest,
  }),
  { maxLength: 4 },
);
// a map key named __proto__ must stay a key
const numbers = fc.dictionary(fc.oneof(name, fc.constant("__proto__")), fc.double());
const chunk = fc.record({ kind: fc.constant("chunk" as const), tensor: uint32, index: uint32, data: fc.uint8Array() });
const epsilon = fc.double({ min: 0, noNaN: true }).map((upper) => ({ lower: upper / 2, upper, point: upper }));
const privacy = fc.record({
  epsilon,
  delta: fc.double({ min: 1e-12, max: 0.5, noNaN: true }),
  neighboring: fc.constantFrom("add-or-remove-one", "replace-one", "zero-out"),
  unit: fc.constantFrom("example", "user", "client", "device", "sequence"),
});

const siteMessage: fc.Arbitrary<SiteMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("join" as const),
    protocolVersion: uint32,
    site: fc.string(),
    capabilities: fc.array(fc.string()),
    weight: fc.double(),
    held: fc.option(fc.record({ round: uint32, model: hexDigest, tensor: uint32, index: uint32 })),
  }),
  fc.record({
    kind: fc.constant("update-header" as const),
    round: uint32,
    stepsTaken: uint32,
    isAgain: fc.boolean(),
    privacy: fc.option(privacy),
    tensors,
  }),
  chunk,
  fc.record({ kind: fc.constant("update-end" as const), round: uint32, complete: fc.boolean() }),
  fc.record({ kind: fc.constant("evaluation" as const), round: uint32, metrics: numbers }),
  fc.record({
    kind: fc.constant("declined" as const),
    round: uint32,
    reason: fc.constantFrom("not-available", "budget", "client-error", "corrupt", "interrupted", "unsigned"),
  }),
  fc.record({ kind: fc.constant("credit" as const), chunks: uint32 }),
  fc.constant({ kind: "leave" } as const),
);

const coordinatorMessage: fc.Arbitrary<CoordinatorMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("welcome" as const),
    protocolVersion: uint32,
    runId: fc.string(),
    rounds: uint32,
    topologyJson: fc.string(),
    tensors,
  }),
  fc.record({
    kind: fc.constant("instruction" as const),
    instruction: fc.constantFrom("train", "evaluate", "stop", "initial-parameters"),
    round: uint32,
    config: numbers,
    tensors,
    from: place,
    lineage: fc.option(lineage),
    signature: fc.uint8Array(),
  }),
  chunk,
  fc.record({ kind: fc.constant("resume" as const), round: uint32, tensor: uint32, index: uint32 }),
  fc.record({
    kind: fc.constant("reject" as const),
    round: uint32,
    reason: fc.constantFrom("version", "non-finite", "late", "incomplete"),
    text: fc.constant("plain text"),
  }),
  fc.record({ kind: fc.constant("credit" as const), chunks: uint32 }),
  fc.record({ kind: fc.constant("receipt" as const), round: uint32 }),
);

/** Prototypes and Buffers aside, which are no part of a message. */
const plain = (m: unknown): unknown =>
  JSON.parse(
    JSON.stringify(m, (_key, v: unknown) => {
      if (typeof v === "number") return Object.is(v, -0) ? "-0" : String(v);
      return v instanceof Uint8Array || (v as { type?: string } | null)?.type === "Buffer"
        ? Buffer.from(v as Uint8Array).toString("hex")
        : v;
    }),
  );

describe("the codec", () => {
  it("gives back what it was given, from a site", () => {
    fc.assert(
      fc.property(siteMessage, (m) => {
        expect(plain(decodeSiteMessage(encodeSiteMessage(m)))).toEqual(plain(m));
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("gives back what it was given, from a coordinator", () => {
    fc.assert(
      fc.property(coordinatorMessage, (m) => {
        expect(plain(decodeCoordinatorMessage(encodeCoordinatorMessage(m)))).toEqual(plain(m));
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeSiteMessage(bytes).kind).toBeTypeOf("string");
        expect(decodeCoordinatorMessage(bytes).kind).toBeTypeOf("string");
      }),
      { numRuns: 5000, seed: 3 },
    );
  });

  it("never throws on a message with a few bytes changed or cut off", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
    fc.assert(
      fc.property(siteMessage, damage, fc.nat({ max: 5 }), (m, changes, cut) => {
        const bytes = encodeSiteMessage(m);
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        expect(decodeSiteMessage(bytes.subarray(0, Math.max(0, bytes.length - cut))).kind).toBeTypeOf("string");
      }),
      { numRuns: 5000, seed: 4 },
    );
  });

  it("calls an empty message, an unknown field and an unknown enum value malformed", () => {
    expect(decodeSiteMessage(new Uint8Array())).toEqual({ kind: "malformed" });
    expect(decodeSiteMessage(Uint8Array.of(0xfa, 0x07, 0x00))).toEqual({ kind: "malformed" });
    // declined { round: 1, code: 99 }
    expect(decodeSiteMessage(Uint8Array.of(0x32, 4, 0x08, 1, 0x10, 99))).toEqual({ kind: "malformed" });
  });

  it("refuses a message of the largest size made of empty tensors without holding more than a few tens of megabytes", () => {
    // update_header { tensors: {} } two bytes each
    const body = Buffer.alloc(maxMessageBytes - 8, Buffer.from([0x22, 0x00]));
    const length = Buffer.from([(body.length & 127) | 128, ((body.length >> 7) & 127) | 128, body.length >> 14]);
    const before = process.memoryUsage().heapUsed;
    expect(decodeSiteMessage(Buffer.concat([Buffer.from([0x12]), length, body]))).toEqual({ kind: "malformed" });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6);
  });

  it("codes a tensor chunk as any other protobuf library would", () => {
    // field 3 (chunk), length 8: tensor = 1, index = 2, data = [7, 8]; by the wire-format rules, by hand
    const bytes = Buffer.from([0x1a, 8, 0x08, 1, 0x10, 2, 0x1a, 2, 7, 8]);
    const chunk = { kind: "chunk", tensor: 1, index: 2, data: Uint8Array.of(7, 8) } as const;
    expect(encodeSiteMessage(chunk)).toEqual(bytes);
  });
});

describe("a chunk", () => {
  it("is coded by hand as the generated code would", () => {
    fc.assert(
      fc.property(chunk, (m) => {
        const { tensor, index, data } = m;
        const generated = sordino.federated.v1.SiteMessage.encode({ chunk: { tensor, index, data } }).finish();
        expect(encodeSiteMessage(m)).toEqual(Buffer.from(generated));
        expect(encodeCoordinatorMessage(m)).toEqual(encodeSiteMessage(m));
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it("that several sites are sent is coded once, and anew where the same array is another chunk", () => {
    const first = { kind: "chunk", tensor: 1, index: 2, data: Uint8Array.of(7, 8), isShared: true } as const;
    expect(encodeCoordinatorMessage(first)).toEqual(encodeSiteMessage(first));
    expect(encodeCoordinatorMessage({ ...first })).toBe(encodeCoordinatorMessage(first));
    for (const other of [
      { ...first, tensor: 3 },
      { ...first, index: 3 },
    ]) {
      expect(encodeCoordinatorMessage(other)).toEqual(encodeSiteMessage(other));
    }
  });
});
