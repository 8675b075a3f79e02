import { type KeyObject, sign, verify } from "node:crypto";
import { canonicalJson } from "../events/index.ts";
import { modelDigest } from "./manifest.ts";
import { type SignedReport, type UpdateHeader, maxReportBytes } from "./messages.ts";
import type { SitePrivacy } from "./site-privacy.ts";

/** Who is at the other end of a stream, as its certificate says. */
export interface SitePeer {
  readonly site: string;
  /** SHA-256 of its public key, see `keyFingerprint`. */
  readonly fingerprint: string;
  /** Ed25519. */
  readonly publicKey: KeyObject;
}

/** What a report is about. */
export interface ReportFacts {
  readonly run: string;
  readonly site: string;
  readonly header: Pick<UpdateHeader, "round" | "stepsTaken" | "privacy" | "tensors">;
}

/**
 * What a site says of one update, in the form that it signs. `serverMustBeHonest` is false because the noise is drawn at
 * the site, before anything leaves: the epsilon holds against a coordinator that keeps everything it gets.
 */
export interface EpsilonReport {
  readonly version: "federated-epsilon-report/v1";
  readonly run: string;
  readonly site: string;
  readonly round: number;
  readonly stepsTaken: number;
  /** SHA-256 (hex) of the update. */
  readonly update: string;
  /** Null where the site's training has no accounted guarantee: then nothing bounds what the update says of a record. */
  readonly privacy: {
    /** "Infinity" where nothing bounds it. */
    readonly epsilonUpper: number | "Infinity";
    readonly epsilonLower: number | "Infinity";
    readonly delta: number;
    readonly neighboring: SitePrivacy["neighboring"];
    readonly unit: SitePrivacy["unit"];
    readonly serverMustBeHonest: false;
    readonly covers: "every update of this site so far, for its records alone";
  } | null;
}

const domain = Buffer.from("sordino federated-epsilon-report/v1\0");
const asText = (x: number): number | "Infinity" => (x === Infinity ? "Infinity" : x);

export function epsilonReport({ run, site, header }: ReportFacts): EpsilonReport {
  const { round, stepsTaken, privacy, tensors } = header;
  const update = modelDigest(tensors);
  const facts = { version: "federated-epsilon-report/v1", run, site, round, stepsTaken, update } as const;
  if (privacy === null) return { ...facts, privacy: null };
  const { epsilon, delta, neighboring, unit } = privacy;
  return {
    ...facts,
    privacy: {
      epsilonUpper: asText(epsilon.upper),
      epsilonLower: asText(epsilon.lower),
      delta,
      neighboring,
      unit,
      serverMustBeHonest: false,
      covers: "every update of this site so far, for its records alone",
    },
  };
}

function bodyOf(facts: ReportFacts): Buffer {
  return Buffer.from(canonicalJson(epsilonReport(facts)), "utf8");
}

/** Signs bytes under a domain of their own, so that no statement passes for one of another kind. */
export function signReport(facts: ReportFacts, key: KeyObject): SignedReport {
  const body = bodyOf(facts);
  return { body, signature: sign(null, Buffer.concat([domain, body]), key) };
}

/**
 * True when the report is there, says of the update exactly what its header says, and is signed by `key`. The body is
 * made anew and compared, so nothing of a stranger's JSON is parsed.
 */
export function holdsReport(report: SignedReport | undefined, facts: ReportFacts, key: KeyObject): boolean {
  if (report === undefined || report.body.length > maxReportBytes) return false;
  if (facts.header.tensors.some((t) => t.sha256?.length !== 32)) return false;
  if (!bodyOf(facts).equals(report.body)) return false;
  return verify(null, Buffer.concat([domain, report.body]), key, report.signature);
}

/**
 * What a site signed, for a third party that has the signed bytes alone, from a coordinator's audit trail for instance.
 *
 * @returns null unless the key signed it and it is a report of this version.
 */
export function readReport(report: SignedReport, key: KeyObject): EpsilonReport | null {
  if (!verify(null, Buffer.concat([domain, report.body]), key, report.signature)) return null;
  const value = JSON.parse(Buffer.from(report.body).toString("utf8")) as EpsilonReport;
  return value.version === "federated-epsilon-report/v1" ? value : null;
}
