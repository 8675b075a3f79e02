import type { Manifest } from "./manifest.ts";
import type { Advertisement, Attestation, Disclosure, SealedShares } from "./secagg/index.ts";

/** What everybody agrees on before a secure round. */
export interface SecureRoundPlan {
  /** Ascending. */
  readonly cohort: readonly string[];
  readonly threshold: number;
  /** Words of a masked update: one for each element of the float tensors. */
  readonly length: number;
  /** Changes are cut off at ±range. */
  readonly range: number;
  /** By place in the cohort, in (0, 1]: what a site multiplies its change by. */
  readonly weights: readonly number[];
  /** See `secureTask` (secure-task.ts). */
  readonly task: string;
}

/** The terms of a secure round, see `SecureRound`. */
export function secureTerms({ range, weights, task }: Pick<SecureRoundPlan, "range" | "weights" | "task">): string {
  return JSON.stringify(["sordino-secure-terms/v1", range, weights, task]);
}

/** One step of a secure round, from the coordinator. */
export type SecureOrderStep =
  | ({ readonly kind: "plan" } & SecureRoundPlan)
  | { readonly kind: "keys"; readonly keys: readonly Advertisement[] }
  | { readonly kind: "boxes"; readonly boxes: readonly SealedShares[] }
  | { readonly kind: "survivors"; readonly sites: readonly string[] }
  | { readonly kind: "attestations"; readonly attestations: readonly Attestation[] };

/** A site's part in one step. `refused`: it answers nothing more in this round. */
export type SecureAnswerStep =
  | { readonly kind: "keys"; readonly keys: Advertisement }
  | { readonly kind: "boxes"; readonly boxes: readonly SealedShares[] }
  | { readonly kind: "attestation"; readonly attestation: Attestation }
  | ({ readonly kind: "disclosure" } & Omit<Disclosure, "site">)
  | { readonly kind: "refused" };

/** Sites in one secure round at most: Shamir's scheme over bytes has no more shares. */
export const mostSecureSites: number = 255;

/** The one tensor of a masked update. */
export const maskedTensor: string = "masked";

/** True for the manifest of a masked update; no model that learns looks like it. */
export function isMasked(manifest: Manifest): boolean {
  return manifest.length === 1 && manifest[0].name === maskedTensor && manifest[0].dtype === "int32";
}
