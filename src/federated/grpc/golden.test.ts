import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { decodeCoordinatorMessage, decodeSiteMessage, encodeCoordinatorMessage, encodeSiteMessage } from "./codec.ts";

const golden = JSON.parse(readFileSync(new URL("golden/messages.json", import.meta.url), "utf8")) as {
  readonly site: Record<string, string>;
  readonly coordinator: Record<string, string>;
};

const sha256 = Uint8Array.from({ length: 32 }, (_, i) => i);
const spec = { name: "dense/kernel", dtype: "float32", shape: [784, 4_294_967_295], sha256 } as const;
const data = Buffer.from([0, 255, 128]);
const chunk = { kind: "chunk", tensor: 3, index: 70_000, data } as const;
const epsilon = { lower: 0.5, upper: Infinity, point: Infinity };
const privacy = { epsilon, delta: 1e-5, neighboring: "zero-out", unit: "user" } as const;
const counter = { name: "n", dtype: "int64", shape: [], sha256 } as const;

const site: Record<string, SiteMessage> = {
  join: {
    kind: "join",
    protocolVersion: 1,
    site: "st-mary",
    capabilities: ["train", "evaluate"],
    weight: 2.5,
    held: null,
  },
  "update-header": {
    kind: "update-header",
    round: 7,
    stepsTaken: 4_294_967_295,
    isAgain: false,
    privacy,
    tensors: [spec],
  },
  "update-header without privacy": {
    kind: "update-header",
    round: 1,
    stepsTaken: 1,
    isAgain: false,
    privacy: null,
    tensors: [counter],
  },
  chunk,
  "update-end": { kind: "update-end", round: 300, complete: true },
  evaluation: { kind: "evaluation", round: 2, metrics: { accuracy: 0.1 } },
  declined: { kind: "declined", round: 2, reason: "budget" },
  credit: { kind: "credit", chunks: 4 },
  leave: { kind: "leave" },
};
const coordinator: Record<string, CoordinatorMessage> = {
  welcome: { kind: "welcome", protocolVersion: 1, runId: "r-1", rounds: 12, topologyJson: '{"é":1}', tensors: [spec] },
  instruction: {
    kind: "instruction",
    instruction: "evaluate",
    round: 5,
    config: { learningRate: -0.25 },
    tensors: [spec],
    from: { tensor: 0, index: 0 },
    lineage: null,
    signature: new Uint8Array(),
  },
  chunk,
  reject: { kind: "reject", round: 5, reason: "non-finite", text: "why" },
  credit: { kind: "credit", chunks: 16 },
  receipt: { kind: "receipt", round: 5 },
};

describe("messages, as Google's protobuf for Python codes them,", () => {
  it("are all tried", () => {
    expect(Object.keys(site)).toEqual(Object.keys(golden.site));
    expect(Object.keys(coordinator)).toEqual(Object.keys(golden.coordinator));
  });

  it.each(Object.entries(golden.site))("of a site: %s", (name, hex) => {
    const message = site[name];
    expect(encodeSiteMessage(message).toString("hex")).toBe(hex);
    expect(decodeSiteMessage(Buffer.from(hex, "hex"))).toEqual(message);
  });

  it.each(Object.entries(golden.coordinator))("of a coordinator: %s", (name, hex) => {
    const message = coordinator[name];
    expect(encodeCoordinatorMessage(message).toString("hex")).toBe(hex);
    expect(decodeCoordinatorMessage(Buffer.from(hex, "hex"))).toEqual(message);
  });
});
