export { type PinnedSites, type SecureRound, parseSecureRound, roundDigest, smallestThreshold } from "./cohort.ts";
export {
  type DistributedGaussian,
  type DistributedGaussianOptions,
  distributedGaussian,
} from "./distributed-gaussian.ts";
export { type FixedPoint, fixedPoint } from "./fixed-point.ts";
export {
  type Advertisement,
  type Attestation,
  type Complaint,
  type Disclosure,
  type SealedShares,
  type SignedDispute,
  holdsDispute,
} from "./messages.ts";
export { type SecureCoordinator, openSecureCoordinator } from "./secure-coordinator.ts";
export { type SecureSite, type SecureSiteOptions, openSecureSite } from "./secure-site.ts";
export type { Dispute } from "./settle-disputes.ts";
