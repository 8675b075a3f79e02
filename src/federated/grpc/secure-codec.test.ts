import { describe, expect, it } from "vitest";
import type { SecureAnswerStep, SecureOrderStep } from "../secure-messages.ts";
import { decodeCoordinatorMessage, decodeSiteMessage, encodeCoordinatorMessage, encodeSiteMessage } from "./codec.ts";

const bytes = (length: number, from: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (from + i) % 256);
const keys = {
  site: "ash",
  boxKey: bytes(32, 1),
  maskKey: bytes(32, 2),
  seedDigest: bytes(32, 3),
  signature: bytes(64, 4),
};
const noise = { rounds: 10, l2ClipNorm: 0.5, noiseMultiplier: 1.25, honestSurvivors: 3 };
const plan = { kind: "plan", cohort: ["ash", "elm"], threshold: 2, length: 8, range: 0, weights: [1, 1], task: "t" };
const box = { from: "ash", to: "elm", box: bytes(82, 5) };

const orders = [
  { ...plan, noise },
  { ...plan, range: 2, noise: null },
  { kind: "keys", keys: [keys] },
  { kind: "boxes", boxes: [box] },
  { kind: "participants", sites: ["ash", "elm"] },
  { kind: "survivors", sites: ["ash"] },
  { kind: "attestations", attestations: [{ site: "ash", signature: bytes(64, 6) }] },
] as SecureOrderStep[];
const answers = [
  { kind: "keys", keys },
  { kind: "boxes", boxes: [box] },
  { kind: "complaints", complaints: [] },
  { kind: "complaints", complaints: [{ accused: "elm", signature: bytes(64, 7) }] },
  { kind: "attestation", attestation: { site: "ash", signature: bytes(64, 8) } },
  { kind: "disclosure", seedShares: new Map([["ash", bytes(33, 9)]]), keyShares: new Map() },
  { kind: "refused" },
] as SecureAnswerStep[];

describe("the steps of a secure round on the wire", () => {
  it.each(orders)("of the coordinator arrive as they were sent: $kind", (step) => {
    const message = { kind: "secure", round: 7, step } as const;
    expect(decodeCoordinatorMessage(encodeCoordinatorMessage(message))).toEqual(message);
  });

  it.each(answers)("of a site arrive as they were sent: $kind", (step) => {
    const message = { kind: "secure", round: 7, step } as const;
    expect(decodeSiteMessage(encodeSiteMessage(message))).toEqual(message);
  });

  it("announce the noise in the welcome", () => {
    const welcome = {
      kind: "welcome",
      protocolVersion: 1,
      runId: "r",
      rounds: 10,
      topologyJson: "",
      tensors: [],
    } as const;
    for (const claims of [{ minClients: 3, isSecure: true, siteNoise: noise }, { minClients: 3 }]) {
      const message = { ...welcome, ...claims };
      expect(decodeCoordinatorMessage(encodeCoordinatorMessage(message))).toEqual(message);
    }
  });

  it("are malformed with more entries than a round can have sites", () => {
    const complaints = Array.from({ length: 256 }, () => ({ accused: "elm", signature: bytes(64, 1) }));
    const message = { kind: "secure", round: 1, step: { kind: "complaints", complaints } } as const;
    expect(decodeSiteMessage(encodeSiteMessage(message))).toEqual({ kind: "malformed" });
    const sites = Array.from({ length: 256 }, (_, i) => `s${i}`);
    const order = { kind: "secure", round: 1, step: { kind: "participants", sites } } as const;
    expect(decodeCoordinatorMessage(encodeCoordinatorMessage(order))).toEqual({ kind: "malformed" });
  });
});
