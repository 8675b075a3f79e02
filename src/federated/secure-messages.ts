import type { Manifest } from "./manifest.ts";
import type { Advertisement, Attestation, Complaint, Disclosure, SealedShares } from "./secagg/index.ts";
import type { SiteNoise } from "./site-noise.ts";

/** What everybody agrees on before a secure round. */
export interface SecureRoundPlan {
  /** Ascending. */
  readonly cohort: readonly string[];
  readonly threshold: number;
  /** Words of a masked update: one for each element of the float tensors; with noise the next power of two. */
  readonly length: number;
  /** Changes are cut off at ±range; 0 with noise. */
  readonly range: number;
  /** What every site adds before it masks; null: nothing. */
  readonly noise: SiteNoise | null;
  /** By place in the cohort, in (0, 1]: what a site multiplies its change by. */
  readonly weights: readonly number[];
  /** See `secureTask` (secure-task.ts). */
  readonly task: string;
}

/** The terms of a secure round, see `SecureRound`. */
export function secureTerms({
  range,
  weights,
  task,
  noise,
}: Pick<SecureRoundPlan, "range" | "weights" | "task" | "noise">): string {
  return JSON.stringify(["sordino-secure-terms/v2", range, weights, task, told(noise)]);
}

/** The same for the same noise. */
export function noiseText(noise: SiteNoise | null): string {
  return JSON.stringify(told(noise));
}

const told = (noise: SiteNoise | null): readonly number[] | null =>
  noise && [noise.rounds, noise.l2ClipNorm, noise.noiseMultiplier, noise.honestSurvivors];

/** One step of a secure round, from the coordinator. */
export type SecureOrderStep =
  | ({ readonly kind: "plan" } & SecureRoundPlan)
  | { readonly kind: "keys"; readonly keys: readonly Advertisement[] }
  | { readonly kind: "boxes"; readonly boxes: readonly SealedShares[] }
  | { readonly kind: "participants"; readonly sites: readonly string[] }
  | { readonly kind: "survivors"; readonly sites: readonly string[] }
  | { readonly kind: "attestations"; readonly attestations: readonly Attestation[] };

/** A site's part in one step. `refused`: it answers nothing more in this round. */
export type SecureAnswerStep =
  | { readonly kind: "keys"; readonly keys: Advertisement }
  | { readonly kind: "boxes"; readonly boxes: readonly SealedShares[] }
  | { readonly kind: "complaints"; readonly complaints: readonly Complaint[] }
  | { readonly kind: "attestation"; readonly attestation: Attestation }
  | ({ readonly kind: "disclosure" } & Omit<Disclosure, "site">)
  | { readonly kind: "refused" };

/** The one tensor of a masked update. */
export const maskedTensor: string = "masked";

/** True for the manifest of a masked update; no model that learns looks like it. */
export function isMasked(manifest: Manifest): boolean {
  return manifest.length === 1 && manifest[0].name === maskedTensor && manifest[0].dtype === "int32";
}
