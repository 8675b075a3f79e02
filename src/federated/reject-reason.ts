/** Why a coordinator refuses a join, an update or a message. Each is one code on the wire. */
export type RejectReason =
  | "version"
  | "site"
  | "duplicate-site"
  | "closed"
  | "protocol"
  | "non-finite"
  | "name"
  | "shape"
  | "dtype"
  | "count"
  | "size"
  | "digest"
  | "duplicate"
  | "other-round"
  | "late"
  | "statement"
  | "range"
  | "incomplete"
  | "full"
  | "identity"
  | "report";

/** Why a site's seat in a round is empty although it was asked. */
export type FailureReason =
  /** The stream broke. */
  | "disconnected"
  /** No progress for as long as the run allows. */
  | "deadline"
  /** The round closed by quorum and grace before the site was done. */
  | "straggler"
  /** The site declined: nothing public to evaluate on. */
  | "not-available"
  /** The site declined: its budget or its planned schedule is used up. */
  | "budget"
  /** The site declined: its own code failed. */
  | "client-error"
  /** The site declined: what arrived did not match its manifest or digests, or held NaN. */
  | "corrupt"
  /** The site declined: it began this round before and does not train it a second time. */
  | "interrupted"
  /** The site declined: the coordinator's signature or lineage does not hold. */
  | "unsigned"
  /** The site declined: its own policy forbids what was asked. */
  | "policy";

/** The reason in a sentence for the operator of a site. Configuration only, nothing about data. */
export const rejectText: Readonly<Record<RejectReason, string>> = {
  version: "the coordinator speaks protocol version 1; install the same release on both sides",
  site: "the site's name or weight is not acceptable; use 1 to 64 of A-Z a-z 0-9 . _ - and a weight in [0, 2^20]",
  "duplicate-site": "a site of this name is connected already; give each site its own name",
  closed: "the run is over",
  protocol: "a message was out of order or not decodable",
  "non-finite": "the update holds NaN or Infinity; look at the site's learning rate and data",
  name: "the update's tensor names differ from the run's manifest",
  shape: "a tensor's shape differs from the run's manifest",
  dtype: "a tensor's element type differs from the run's manifest",
  count: "the update has more or fewer tensors than the run's manifest",
  size: "more or fewer bytes came than the manifest says, or a chunk had the wrong size",
  digest: "a tensor's bytes do not have the digest of the header",
  duplicate: "this site's update for the round was settled already",
  "other-round": "the update is for a round that was not asked of this site",
  late: "the round had closed before the update was whole; the site takes part in the next",
  statement: "a privacy statement, step count or metric is out of its range",
  range: "an element is not allowed by its type, or too large to average",
  incomplete: "the site broke off its update",
  full: "as many sites as the run allows are connected; ask whoever runs it",
  identity: "the site's name is not the one in its certificate, or the certificate was revoked or is out of date",
  report: "the epsilon report is missing, is not signed by the site's key, or says something else than the update",
};
