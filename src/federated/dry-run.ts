import { sign } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { models } from "@tensorflow/tfjs-layers";
import { account } from "../accounting/index.ts";
import { PrivacyError, invalidArgument, isPrivacyError, parsePositiveInteger } from "../core/index.ts";
import type { HostArray } from "../dpsgd/index.ts";
import { type DpEvent, canonicalJson, selfComposed } from "../events/index.ts";
import { readLedger } from "../ledger/index.ts";
import type { RunAnnouncement } from "./client.ts";
import { signReport } from "./epsilon-report.ts";
import { encodeSiteMessage } from "./grpc/codec.ts";
import { inspectRun } from "./grpc/inspect.ts";
import { hospitalClient } from "./hospital-client.ts";
import { type SiteIdentity, readSiteIdentity } from "./identity/index.ts";
import type { JsonFile } from "./json-file.ts";
import { type Manifest, type OutgoingTensors, chunkBytes, outgoingTensors, tensorBytes } from "./manifest.ts";
import { type SiteMessage, protocolVersion } from "./messages.ts";
import { readModelFolder } from "./model-folder.ts";
import type { ParameterData, Parameters } from "./parameters.ts";
import { policedClient } from "./policed-client.ts";
import { siteConnection } from "./run-join.ts";
import { type SiteFile, type SiteNoiseFields, readSiteFile } from "./site-file.ts";
import { type SiteNoise, siteNoiseEvent } from "./site-noise.ts";
import { floatElements } from "./spans.ts";
import type { SitePolicy } from "./site-policy.ts";
import type { SitePrivacy } from "./site-privacy.ts";

export interface DryRunOptions {
  readonly sitePath: string;
  /** Folder with the model that the coordinator would announce; left out: the coordinator is asked. */
  readonly modelPath?: string;
  /** With `modelPath`: the rounds that would be announced; `privacy.maxRounds` by default. */
  readonly rounds?: number;
}

/** What noise from the sites comes to at one of them. */
interface SiteNoiseCost {
  readonly share: number;
  /** Of the whole run for the site as unit, if `honestSurvivors` are honest; null where the site file has no account for it. */
  readonly epsilonUpper: number | null;
  readonly delta: number | null;
}

/** What would leave a site in one round, and what it would cost. Holds no fact about patients: none was read. */
export interface DryRunReport {
  readonly version: "federated-dry-run/v1";
  readonly site: string;
  readonly server: string;
  readonly run: {
    readonly source: "coordinator" | "model folder";
    readonly id: string;
    readonly rounds: number;
    readonly minClients: number | null;
    readonly isSecure: boolean;
    /** What the site would add to its change before it is masked, and its share: standard deviation over the clip norm. */
    readonly siteNoise: (SiteNoise & SiteNoiseCost) | null;
  };
  /** "allowed", or the rule that forbids it and why; then nothing below would happen. */
  readonly policy: "none" | "allowed" | { readonly rule: string; readonly text: string };
  /** In each round; null where the policy forbids it. */
  readonly update: {
    readonly tensors: readonly {
      readonly name: string;
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly bytes: number;
    }[];
    readonly tensorBytes: number;
    /** All messages of one answer as they are coded, with header, digests and signed report. */
    readonly messages: Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;
    readonly isMasked: boolean;
  } | null;
  /** Names of metrics that would leave, all on data declared public. */
  readonly metrics: readonly string[];
  /** Numbers about the site itself that its join message tells. */
  readonly declared: { readonly site: string; readonly weight: number; readonly capabilities: readonly string[] };
  readonly privacy: {
    /** What the ledger would hold after the whole run, this one included. */
    readonly epsilonUpper: number | "Infinity";
    readonly delta: number;
    readonly neighboring: string;
    readonly unit: string;
    readonly l2ClipNorm: number;
    /** The event that the ledger would be charged with. */
    readonly event: DpEvent;
    readonly serverMustBeHonest: false;
  } | null;
}

/** The report and, where the site has a key, its signature (Ed25519, base64) over the domain, a zero byte and RFC 8785 JSON. */
export interface SignedDryRun {
  readonly report: DryRunReport;
  readonly signature: string | null;
  readonly fingerprint: string | null;
}

const domain = "sordino federated-dry-run/v1\0";
const madeUpRows = 8;

/** The bytes that a dry run's signature is over. */
export function dryRunBytes(report: DryRunReport): Uint8Array {
  return Buffer.concat([Buffer.from(domain), Buffer.from(canonicalJson(report))]);
}

/**
 * Plays one round of a run at this site on made-up records, with a copy of its ledger, through the very code that would
 * train, judge and send; says what would have left. Reads no record, spends nothing, joins nothing.
 *
 * @throws PrivacyError as readSiteFile; `unreachable`, `identity_refused` when the coordinator is asked; `budget_exceeded`
 *   when the ledger has less left than the run needs.
 */
export async function dryRun(options: DryRunOptions): Promise<SignedDryRun> {
  const file = readSiteFile(options.sitePath);
  const identity = identityOf(file);
  const { run, source } = await announcementOf(file, options);
  const report = await rehearse(file, run, source, identity);
  if (identity === null) return { report, signature: null, fingerprint: null };
  const signature = sign(null, dryRunBytes(report), identity.privateKey).toString("base64");
  return { report, signature, fingerprint: identity.fingerprint };
}

function identityOf({ value: { tls }, path }: JsonFile<SiteFile>): SiteIdentity | null {
  if (tls?.cert === undefined || tls.key === undefined) return null;
  return readSiteIdentity({ caPath: path(tls.ca), certPath: path(tls.cert), keyPath: path(tls.key) });
}

async function announcementOf(
  file: JsonFile<SiteFile>,
  options: DryRunOptions,
): Promise<{ run: RunAnnouncement; source: DryRunReport["run"]["source"] }> {
  if (options.modelPath === undefined) {
    const { welcome } = await inspectRun(siteConnection(file));
    return { run: welcome, source: "coordinator" };
  }
  const { topologyJson, parameters } = readModelFolder(options.modelPath);
  const rounds = parsePositiveInteger(options.rounds ?? file.value.privacy.maxRounds, "rounds");
  const { manifest } = outgoingTensors(parameters, "model");
  const tensors = manifest.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  // a folder claims nothing of a cohort: the policy's own demand is taken as met, and the report says who said so
  const { minCohort: minClients, mustUseSecureAggregation: isSecure } = file.value.policy ?? {};
  const claims = { ...(minClients === undefined ? {} : { minClients }), ...(isSecure === true ? { isSecure } : {}) };
  return { run: { runId: "dry-run", rounds, topologyJson, tensors, ...claims }, source: "model folder" };
}

async function rehearse(
  { value, path }: JsonFile<SiteFile>,
  run: RunAnnouncement,
  source: DryRunReport["run"]["source"],
  identity: SiteIdentity | null,
): Promise<DryRunReport> {
  const folder = mkdtempSync(join(tmpdir(), "sordino-dry-run-"));
  const ledger = join(folder, "ledger");
  try {
    copyLedger(path(value.ledger), ledger);
    const { data, training, privacy, policy = null } = value;
    const client = hospitalClient({
      ledger,
      data: { id: data.id, ...(await madeUpRecords(run, training.loss)) },
      datasetSize: data.datasetSize,
      loss: training.loss,
      optimizer: { kind: training.optimizer, learningRate: training.learningRate },
      privacy,
    });
    // which run it is and what its sites add can be judged only where the coordinator said so
    const judged = policy === null || source === "coordinator" ? policy : withoutClaims(policy);
    const policed = policedClient({
      client,
      policy: judged,
      audit: null,
      plan: { privacy, datasetSize: data.datasetSize },
    });
    try {
      await policed.prepare?.(run);
      const { parameters, stepsTaken = 0 } = await fitOnce(policed, run);
      const spent = client.privacy() ?? null;
      const tensors = outgoingTensors(parameters, "fit().parameters");
      const messages = codedMessages(value, run, tensors, { stepsTaken, privacy: spent }, identity);
      const facts = { update: updateOf(tensors, messages, run), privacy: await priceOf(spent, value, ledger) };
      return reportOf(value, run, source, { ...facts, policy: policy === null ? "none" : "allowed" });
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!isPrivacyError(error) || error.code !== "policy_refused") throw error;
    const refusal = { rule: error.details.rule, text: error.message };
    return reportOf(value, run, source, { update: null, privacy: null, policy: refusal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a model folder does not say is not judged. */
function withoutClaims({ siteNoise: _unsaid, ...policy }: SitePolicy): SitePolicy {
  return { ...policy, runs: "any" };
}

/** Without its lock: the copy has no writer. */
function copyLedger(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to, { recursive: true, filter: (name) => !/lock/.test(basename(name)) });
}

/** Rows of zeros in the shape that the model takes; labels in the form that the loss takes. */
async function madeUpRecords(run: RunAnnouncement, loss: string): Promise<{ x: HostArray; y: HostArray }> {
  if (run.topologyJson === "") throw invalidArgument("model", "with a topology, so that a round can be played", "none");
  const model = await models.modelFromJSON(JSON.parse(run.topologyJson) as never);
  try {
    const shape = (of: (number | null)[] | undefined): number[] => [
      madeUpRows,
      ...(of ?? []).slice(1).map((n) => n ?? 1),
    ];
    const zeros = (of: number[]): HostArray => ({ data: new Float32Array(of.reduce((p, n) => p * n, 1)), shape: of });
    const x = zeros(shape(model.inputs[0]?.shape));
    const classes = { data: new Int32Array(madeUpRows), shape: [madeUpRows] };
    return { x, y: loss === "sparseCategoricalCrossentropy" ? classes : zeros(shape(model.outputs[0]?.shape)) };
  } finally {
    model.dispose();
  }
}

async function fitOnce(
  client: ReturnType<typeof policedClient>,
  run: RunAnnouncement,
): Promise<{ parameters: Parameters; stepsTaken?: number }> {
  const config = Object.freeze({ round: 1 }) as { round: number };
  const start = run.tensors.map(({ name, dtype, shape }) => {
    const size = shape.reduce((p, n) => p * n, 1);
    const data: ParameterData = dtype === "int32" ? new Int32Array(size) : new Float32Array(size);
    return { name, dtype, shape, data };
  });
  const result = await client.fit(start, config);
  return "parameters" in result ? result : { parameters: result };
}

function codedMessages(
  { site, weight }: SiteFile,
  { runId: run }: RunAnnouncement,
  { manifest, bytes }: OutgoingTensors,
  facts: { stepsTaken: number; privacy: SitePrivacy | null },
  identity: SiteIdentity | null,
): SiteMessage[] {
  const header = { round: 1, ...facts, tensors: manifest };
  const report = identity === null ? {} : { report: signReport({ run, site, header }, identity.privateKey) };
  const chunks = bytes.flatMap((all, tensor): SiteMessage[] => {
    const count = Math.ceil(all.length / chunkBytes);
    return Array.from({ length: count }, (_, index) => {
      return { kind: "chunk", tensor, index, data: all.subarray(index * chunkBytes, (index + 1) * chunkBytes) };
    });
  });
  return [
    { kind: "join", protocolVersion, site, capabilities: ["train"], weight, held: null },
    { kind: "update-header", ...header, isAgain: false, ...report },
    ...chunks,
    { kind: "update-end", round: 1, complete: true },
  ];
}

function updateOf(
  { manifest }: OutgoingTensors,
  messages: readonly SiteMessage[],
  { isSecure = false }: RunAnnouncement,
): DryRunReport["update"] {
  const kinds: Record<string, { count: number; bytes: number }> = {};
  for (const message of messages) {
    const { count, bytes } = kinds[message.kind] ?? { count: 0, bytes: 0 };
    kinds[message.kind] = { count: count + 1, bytes: bytes + encodeSiteMessage(message).length };
  }
  const tensors = manifest.map((t) => ({ name: t.name, dtype: t.dtype, shape: [...t.shape], bytes: tensorBytes(t) }));
  return { tensors, tensorBytes: tensors.reduce((sum, t) => sum + t.bytes, 0), messages: kinds, isMasked: isSecure };
}

/** What the copied ledger was charged with, as it says itself. */
async function priceOf(
  spent: SitePrivacy | null,
  { privacy }: SiteFile,
  ledger: string,
): Promise<DryRunReport["privacy"]> {
  const { records } = await readLedger(ledger);
  const schedule = records.findLast((r) => r.type === "schedule");
  if (spent === null || schedule?.type !== "schedule") {
    throw new PrivacyError("invalid_state", "a round on made-up records left no schedule in the ledger; report this", {
      object: "dry run",
      state: "unpriced",
    });
  }
  const { event, steps } = schedule.body;
  const { epsilon, delta, neighboring, unit } = spent;
  const epsilonUpper = epsilon.upper === Infinity ? "Infinity" : epsilon.upper;
  const facts = { delta, neighboring, unit, l2ClipNorm: privacy.l2ClipNorm, event: selfComposed(event, steps) };
  return { epsilonUpper, ...facts, serverMustBeHonest: false };
}

function pricedNoise(noise: SiteNoise, tensors: Manifest, own: SiteNoiseFields | undefined): SiteNoise & SiteNoiseCost {
  const share = noise.noiseMultiplier / Math.sqrt(noise.honestSurvivors);
  if (own === undefined) return { ...noise, share, epsilonUpper: null, delta: null };
  const event = selfComposed(siteNoiseEvent(noise, floatElements(tensors)), noise.rounds);
  const { epsilon, delta } = account(event, { neighboring: "zero-out" }).guarantee({ delta: own.delta });
  return { ...noise, share, epsilonUpper: epsilon.upper, delta };
}

function reportOf(
  { site, server, weight, evaluation, secureAggregation }: SiteFile,
  { runId: id, rounds, minClients, isSecure = false, siteNoise, tensors }: RunAnnouncement,
  source: DryRunReport["run"]["source"],
  facts: Pick<DryRunReport, "policy" | "update" | "privacy">,
): DryRunReport {
  const capabilities = evaluation === undefined ? ["train"] : ["train", "evaluate"];
  const noise = siteNoise === undefined ? null : pricedNoise(siteNoise, tensors, secureAggregation?.siteNoise);
  const metrics = evaluation === undefined ? [] : ["accuracy"];
  const run = { source, id, rounds, minClients: minClients ?? null, isSecure, siteNoise: noise };
  return {
    version: "federated-dry-run/v1",
    site,
    server,
    run,
    ...facts,
    metrics,
    declared: { site, weight, capabilities },
  };
}
