export type { BufferOptions } from "./buffer-options.ts";
export type { AuditEntry } from "./audit-entry.ts";
export { AuditTrail, type AuditVerification, verifyAuditTrail } from "./audit-trail.ts";
export type {
  ClientConfig,
  ClientRound,
  ClientSummary,
  EvaluateResult,
  FederatedClient,
  FitResult,
  RunAnnouncement,
} from "./client.ts";
export { type ClientOptions, type SecureClient, type SiteNoiseAccount, startClient } from "./grpc/client.ts";
export { type Finding, examineSite } from "./doctor.ts";
export { type DryRunOptions, type DryRunReport, type SignedDryRun, dryRun, dryRunBytes } from "./dry-run.ts";
export {
  type EpsilonReport,
  type ReportFacts,
  type SitePeer,
  holdsReport,
  readReport,
  signReport,
} from "./epsilon-report.ts";
export type { ClientTls, ServerTls } from "./grpc/credentials.ts";
export { type FederatedServer, type RunResult, startServer } from "./grpc/server.ts";
export type { InitialModel, RoundModel, ServerOptions } from "./grpc/server-options.ts";
export { type HospitalClient, type HospitalOptions, hospitalClient } from "./hospital-client.ts";
export type { Manifest, TensorSpec } from "./manifest.ts";
export type { Numbers } from "./messages.ts";
export type { Parameter, ParameterData, ParameterDtype, Parameters } from "./parameters.ts";
export {
  type AdaptiveClip,
  type DpFedAvgOptions,
  type DpFedAvgPlan,
  type DpFedAvgRelease,
  planDpFedAvg,
} from "./dp-fed-avg.ts";
export { type FailureReason, type RejectReason, rejectText } from "./reject-reason.ts";
export { type EvaluationRecord, type RoundRecord, type SiteOutcome, roundRecordJson } from "./round-record.ts";
export {
  type Approval,
  type ApproveOptions,
  type Authority,
  type AuthorityFiles,
  type IdentityPaths,
  type InitOptions,
  type Revocation,
  RevocationList,
  type SiteIdentity,
  type SiteRequest,
  approveRequest,
  authorityFiles,
  initAuthority,
  inspectRequest,
  keyFingerprint,
  parseFingerprint,
  readSiteIdentity,
  renewServer,
  requestIdentity,
  revokeSite,
} from "./identity/index.ts";
export { type PolicedOptions, policedClient } from "./policed-client.ts";
export { type JoinOptions, type JoinResult, runJoin } from "./run-join.ts";
export { type ServeOptions, runServe } from "./run-serve.ts";
export { type RunFile, readRunFile } from "./run-file.ts";
export { type SiteFile, readSiteFile } from "./site-file.ts";
export { type PlannedTraining, type PolicyRule, type Range, type SitePolicy } from "./site-policy.ts";
export type { SitePrivacy } from "./site-privacy.ts";
export {
  type AdaptiveOptions,
  type Rule,
  type Strategy,
  coordinateMedian,
  fedAdagrad,
  fedAdam,
  fedAvg,
  fedAvgM,
  fedProx,
  fedYogi,
  geometricMedian,
  krum,
  multiKrum,
  qFedAvg,
  trimmedMean,
} from "./strategy.ts";
export type { WeightOf, Weights } from "./weight.ts";
export { type GrpcStatus, grpcStatus, statusOf } from "./status.ts";
export * from "./secagg/index.ts";
export {
  type CreateClient,
  type SimulatedClient,
  type SimulatedRound,
  type SimulationOptions,
  type SimulationResult,
  type ThreadedClients,
  simulate,
} from "./simulation/simulate.ts";
export type { SecureAggregationOptions, SiteNoiseOptions } from "./secure-exchange.ts";
export {
  type SiteNoise,
  type SiteNoisePlan,
  type SiteNoisePlanOptions,
  planSiteNoise,
  siteNoiseMultiplier,
} from "./site-noise.ts";
export type { NoiseFloor } from "./site-noise-floor.ts";
export type { RunNoiseFields, SecureFields } from "./secure-file.ts";
export type { SiteLevelOptions } from "./site-level-aggregation.ts";
export type { SiteLevelFields } from "./site-level-file.ts";
