import { join } from "node:path";
import { type Guarantee, account } from "../accounting/index.ts";
import { PrivacyError, invalidArgument, isPrivacyError } from "../core/index.ts";
import { assuming } from "./assuming.ts";
import { AuditTrail } from "./audit-trail.ts";
import type { ClientRound, ClientSummary } from "./client.ts";
import { type ClientOptions, type SiteNoiseAccount, startClient } from "./grpc/client.ts";
import type { ClientTls } from "./grpc/credentials.ts";
import { type HospitalClient, hospitalClient } from "./hospital-client.ts";
import {
  identityRefused,
  readAuthority,
  readCertificate,
  readCoordinatorKey,
  siteOfCertificate,
} from "./identity/index.ts";
import type { JsonFile } from "./json-file.ts";
import { policedClient } from "./policed-client.ts";
import { type SiteFile, type SiteNoiseFields, readSiteFile, readTable } from "./site-file.ts";
import { honestyOf } from "./site-noise.ts";
import type { SitePrivacy } from "./site-privacy.ts";

export interface JoinOptions {
  /** Path of the site file. */
  readonly sitePath: string;
  readonly onRound?: (round: ClientRound) => void;
  readonly onStep?: (step: { readonly index: number; readonly steps: number; readonly epsilon: number }) => void;
  readonly signal?: AbortSignal;
}

export interface JoinResult extends ClientSummary {
  /** What the site's ledger says its records have spent; null when it trained nothing. */
  readonly privacy: SitePrivacy | null;
  /** What the whole run's sums say of the site as unit, by noise from the sites; null where it added none. */
  readonly siteGuarantee: Guarantee | null;
}

/**
 * What `sordino federated join` does: trains the site's own records under the site's own plan, policy and ledger. Needs a
 * TensorFlow.js backend, which the caller sets up.
 *
 * @throws PrivacyError as startClient, hospitalClient, policedClient, readSiteFile, readIdx; `identity_refused`.
 */
export async function runJoin(options: JoinOptions): Promise<JoinResult> {
  const file = readSiteFile(options.sitePath);
  const { value, path } = file;
  const connection = siteConnection(file);
  const audit = value.audit === undefined ? null : await AuditTrail.open(path(value.audit));
  const client = clientOf(file, options);
  let privacy: SitePrivacy | null = null;
  try {
    const { policy = null, data } = value;
    const plan = { privacy: value.privacy, datasetSize: data.datasetSize };
    const summary = await attend(
      {
        ...connection,
        client: policedClient({ client, policy, audit, plan }),
        weight: value.weight,
        evaluation: value.evaluation === undefined ? "none" : "public",
        ...secureAggregation(file),
        ...(value.state === undefined ? {} : { outbox: join(path(value.state), "outbox") }),
        ...(options.onRound === undefined ? {} : { onRound: options.onRound }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      audit,
    );
    privacy = client.privacy() ?? null;
    refuseEmptyHanded(summary);
    return Object.freeze({ ...summary, privacy, siteGuarantee: siteGuarantee(summary, value) });
  } finally {
    await client.close();
    await audit?.close();
  }
}

function siteGuarantee({ siteSpend }: ClientSummary, { secureAggregation: given }: SiteFile): Guarantee | null {
  if (siteSpend === null || given?.siteNoise === undefined) return null;
  const guarantee = account(siteSpend.event, { neighboring: "zero-out" }).guarantee({ delta: given.siteNoise.delta });
  return assuming(guarantee, honestyOf(siteSpend.honestSurvivors));
}

/** Joins, and writes down that it did or why it could not. */
async function attend(options: ClientOptions, audit: AuditTrail | null): Promise<ClientSummary> {
  const { address, tls } = options;
  const fingerprint = tls?.fingerprints?.[0] ?? null;
  try {
    await audit?.append({ kind: "session-opened", peer: address, fingerprint });
    return await startClient(options);
  } catch (error) {
    const reason = isPrivacyError(error) ? error.code : "internal";
    await audit?.append({ kind: "session-refused", peer: address, reason });
    throw error;
  }
}

/** How a site file says that its coordinator is reached, checked before anything is read. */
export function siteConnection({
  value,
  path,
}: JsonFile<SiteFile>): Pick<ClientOptions, "address" | "site" | "tls" | "coordinatorKey"> {
  const { tls, policy, server: address, site } = value;
  if (tls === undefined) {
    if (policy === undefined) return { address, site };
    throw invalidArgument("tls", "given where a policy says which servers may be joined", undefined);
  }
  const optional = { certPath: tls.cert, keyPath: tls.key };
  const given = Object.entries(optional).flatMap(([key, file]) => (file === undefined ? [] : [[key, path(file)]]));
  const pins = policy === undefined ? {} : { fingerprints: policy.servers };
  const checked: ClientTls = { caPath: path(tls.ca), ...(Object.fromEntries(given) as Partial<ClientTls>), ...pins };
  if (tls.coordinator === undefined) return { address, site, tls: checked };
  const { certificate } = readAuthority(path(tls.ca));
  return { address, site, tls: checked, coordinatorKey: readCoordinatorKey(path(tls.coordinator), certificate) };
}

/** @throws PrivacyError `identity_refused` when a certificate is of another site than it was pinned for. */
function secureAggregation({ value, path }: JsonFile<SiteFile>): Pick<ClientOptions, "secureAggregation"> {
  const { secureAggregation: given } = value;
  if (given === undefined) return {};
  const pinned = new Map(
    Object.entries(given.pinned).map(([site, file]) => {
      const certificate = readCertificate(path(file));
      if (siteOfCertificate(certificate) === site) return [site, certificate.publicKey];
      throw identityRefused(
        "name",
        site,
        `${path(file)} was pinned for ${site} and is the certificate of another site`,
      );
    }),
  );
  const { minimumCohort, maximumShare } = given;
  const floor = minimumCohort === undefined ? {} : { minimumCohort };
  const share = maximumShare === undefined ? {} : { maximumShare };
  const noise = given.siteNoise === undefined ? {} : { siteNoise: noiseAccount(given.siteNoise, value, path) };
  return { secureAggregation: { pinned, ...floor, ...share, ...noise } };
}

/** @throws PrivacyError `invalid_argument` for the ledger of the site's records, which training holds open. */
function noiseAccount(
  { ledger, scope, delta, budgetEpsilon }: SiteNoiseFields,
  { ledger: records, policy }: SiteFile,
  path: (relative: string) => string,
): SiteNoiseAccount {
  if (path(ledger) === path(records)) {
    throw invalidArgument("secureAggregation.siteNoise.ledger", "another folder than ledger", ledger);
  }
  return { ledger: path(ledger), scope, budget: { epsilon: budgetEpsilon, delta }, floor: policy?.siteNoise ?? null };
}

function clientOf({ value, path }: JsonFile<SiteFile>, { signal, onStep }: JoinOptions): HospitalClient {
  const { data, evaluation, training, state } = value;
  return hospitalClient({
    ledger: path(value.ledger),
    data: { id: data.id, ...readTable(data, path) },
    datasetSize: data.datasetSize,
    loss: training.loss,
    optimizer: { kind: training.optimizer, learningRate: training.learningRate },
    privacy: value.privacy,
    ...(evaluation === undefined ? {} : { evaluation: readTable(evaluation, path) }),
    ...(state === undefined ? {} : { checkpoint: join(path(state), "training") }),
    ...(signal === undefined ? {} : { signal }),
    ...(onStep === undefined ? {} : { onStep }),
  });
}

/** A site that failed at everything it was asked should not look like one that took part. */
function refuseEmptyHanded({ rounds }: ClientSummary): void {
  const failed = rounds.filter((r) => r.outcome === "declined" && r.error !== undefined);
  const first = failed[0];
  if (first === undefined || failed.length < rounds.length) return;
  const text = `the site declined all ${rounds.length} instructions; the first error is the cause of this one`;
  const details = { object: "federated site", state: "declined everything" };
  throw new PrivacyError("invalid_state", text, details, { cause: first.error });
}
