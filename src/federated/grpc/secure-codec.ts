import type { Advertisement, Attestation, SealedShares } from "../secagg/index.ts";
import { mostSecureSites } from "../secure-limits.ts";
import type { SecureAnswerStep, SecureOrderStep } from "../secure-messages.ts";
import type { SiteNoise } from "../site-noise.ts";
import type { sordino } from "./gen/federated.js";

type WireOrder = sordino.federated.v1.SecureOrder.$Properties;
type WireAnswer = sordino.federated.v1.SecureAnswer.$Properties;
type WireKeys = sordino.federated.v1.SecureKeys.$Properties;
type WireBox = sordino.federated.v1.SecureBox.$Properties;
type WireAttestation = sordino.federated.v1.SecureAttestation.$Properties;
type WireShare = sordino.federated.v1.SecureShare.$Properties;

export function wireSecureOrder(round: number, step: SecureOrderStep): WireOrder {
  switch (step.kind) {
    case "plan": {
      const { cohort, weights, threshold, length, range, task, noise } = step;
      const plan = { cohort: [...cohort], weights: [...weights], threshold, length, range, task };
      return { round, plan: noise === null ? plan : { ...plan, noise } };
    }
    case "keys":
      return { round, keys: { keys: step.keys.map((keys) => ({ ...keys })) } };
    case "boxes":
      return { round, boxes: { boxes: step.boxes.map((box) => ({ ...box })) } };
    case "participants":
      return { round, participants: { sites: [...step.sites] } };
    case "survivors":
      return { round, survivors: { sites: [...step.sites] } };
    case "attestations":
      return { round, attestations: { attestations: step.attestations.map((a) => ({ ...a })) } };
  }
}

export function wireSecureAnswer(round: number, step: SecureAnswerStep): WireAnswer {
  switch (step.kind) {
    case "keys":
      return { round, keys: { ...step.keys } };
    case "boxes":
      return { round, boxes: { boxes: step.boxes.map((box) => ({ ...box })) } };
    case "complaints":
      return { round, complaints: { complaints: step.complaints.map((c) => ({ ...c })) } };
    case "attestation":
      return { round, attestation: { ...step.attestation } };
    case "disclosure": {
      const { seedShares, keyShares } = step;
      return { round, disclosure: { seedShares: wireShares(seedShares), keyShares: wireShares(keyShares) } };
    }
    case "refused":
      return { round, refused: true };
  }
}

function wireShares(shares: ReadonlyMap<string, Uint8Array>): WireShare[] {
  return [...shares].map(([of, share]) => ({ of, share }));
}

/** @throws RangeError for a list that is too long, or none of the steps. */
export function parseSecureOrder(m: WireOrder): SecureOrderStep {
  if (m.plan != null) {
    const { cohort, weights, threshold, length, range, task, noise } = m.plan;
    const sites = { cohort: bounded(cohort), weights: bounded(weights), task: task ?? "", noise: parseNoise(noise) };
    return { kind: "plan", ...sites, threshold: threshold ?? 0, length: length ?? 0, range: range ?? 0 };
  }
  if (m.keys != null) return { kind: "keys", keys: bounded(m.keys.keys).map(parseKeys) };
  if (m.boxes != null) return { kind: "boxes", boxes: bounded(m.boxes.boxes).map(parseBox) };
  if (m.participants != null) return { kind: "participants", sites: bounded(m.participants.sites) };
  if (m.survivors != null) return { kind: "survivors", sites: bounded(m.survivors.sites) };
  if (m.attestations == null) throw new RangeError("no step");
  return { kind: "attestations", attestations: bounded(m.attestations.attestations).map(parseAttestation) };
}

/** @throws RangeError for a list that is too long, or none of the steps. */
export function parseSecureAnswer(m: WireAnswer): SecureAnswerStep {
  if (m.keys != null) return { kind: "keys", keys: parseKeys(m.keys) };
  if (m.boxes != null) return { kind: "boxes", boxes: bounded(m.boxes.boxes).map(parseBox) };
  if (m.attestation != null) return { kind: "attestation", attestation: parseAttestation(m.attestation) };
  if (m.refused === true) return { kind: "refused" };
  if (m.complaints != null) {
    const complaints = bounded(m.complaints.complaints).map(({ accused, signature }) => {
      return { accused: accused ?? "", signature: bytes(signature) };
    });
    return { kind: "complaints", complaints };
  }
  if (m.disclosure == null) throw new RangeError("no step");
  const { seedShares, keyShares } = m.disclosure;
  return { kind: "disclosure", seedShares: parseShares(seedShares), keyShares: parseShares(keyShares) };
}

/** Null where there is none; what is out of its range is refused by whoever prices it. */
export function parseNoise(noise: sordino.federated.v1.SiteNoise.$Properties | null | undefined): SiteNoise | null {
  if (noise == null) return null;
  const { rounds, l2ClipNorm, noiseMultiplier, honestSurvivors } = noise;
  return {
    rounds: rounds ?? 0,
    l2ClipNorm: l2ClipNorm ?? 0,
    noiseMultiplier: noiseMultiplier ?? 0,
    honestSurvivors: honestSurvivors ?? 0,
  };
}

function bounded<T>(list: readonly T[] | null | undefined): T[] {
  if ((list?.length ?? 0) > mostSecureSites) throw new RangeError("too many sites");
  return [...(list ?? [])];
}

/** Copied: a decoded field is a view of the whole message. */
const bytes = (field: Uint8Array | null | undefined): Uint8Array => new Uint8Array(field ?? []);

function parseKeys(keys: WireKeys): Advertisement {
  const { site, boxKey, maskKey, seedDigest, signature } = keys;
  const all = { boxKey: bytes(boxKey), maskKey: bytes(maskKey), seedDigest: bytes(seedDigest) };
  return { site: site ?? "", ...all, signature: bytes(signature) };
}

function parseBox({ from, to, box }: WireBox): SealedShares {
  return { from: from ?? "", to: to ?? "", box: bytes(box) };
}

function parseAttestation({ site, signature }: WireAttestation): Attestation {
  return { site: site ?? "", signature: bytes(signature) };
}

function parseShares(shares: readonly WireShare[] | null | undefined): Map<string, Uint8Array> {
  return new Map(bounded(shares).map(({ of, share }) => [of ?? "", bytes(share)]));
}
