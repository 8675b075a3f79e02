import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import { AuditTrail } from "./audit-trail.ts";
import { CoordinatorAudit } from "./coordinator-audit.ts";
import { type FederatedServer, type RunResult, startServer } from "./grpc/server.ts";
import type { ServerOptions } from "./grpc/server-options.ts";
import { readPrivateKey } from "./identity/index.ts";
import type { JsonFile } from "./json-file.ts";
import { readModelFolder, writeModelFolder } from "./model-folder.ts";
import type { Parameters } from "./parameters.ts";
import type { RoundRecord } from "./round-record.ts";
import { type RunFile, readRunFile } from "./run-file.ts";
import { RunProgress } from "./run-progress.ts";
import { secureFrom } from "./secure-file.ts";
import { siteLevelFrom } from "./site-level-file.ts";
import { isFloat } from "./spans.ts";
import type { DialogueWitness } from "./site-dialogue.ts";
import { type StatusServer, startStatusServer } from "./status-server.ts";
import { strategyFrom } from "./strategy-file.ts";

export interface ServeOptions {
  /** Path of the run's configuration file. */
  readonly configPath: string;
  readonly onListening?: (server: FederatedServer) => void;
  /** host:port of the status page, where the configuration asks for one. */
  readonly onObservable?: (address: string) => void;
  readonly onRound?: (record: RoundRecord) => void;
  readonly signal?: AbortSignal;
}

/**
 * What `sordino federated serve` does: reads the configuration, plays the run, writes each released model to `output`
 * over the one before, so that a run that ends early leaves its last.
 *
 * @throws PrivacyError as startServer, readRunFile; before anything starts, `output_occupied` when `output`
 *   holds files and `file_unreadable` when it can not be made.
 */
export async function runServe(options: ServeOptions): Promise<RunResult> {
  const file = readRunFile(options.configPath);
  const { value, path } = file;
  if (value.output !== undefined && !isContinued(file)) claimOutput(path(value.output));
  const { audit: auditPath, siteLevelPrivacy } = value;
  const sealedPath = siteLevelPrivacy?.privateRecords;
  if (sealedPath !== undefined && auditPath !== undefined && path(sealedPath) === path(auditPath)) {
    throw invalidArgument("siteLevelPrivacy.privateRecords", "another file than audit, which others read", sealedPath);
  }
  const opened: AuditTrail[] = [];
  const stop = new AbortController();
  let failure: unknown;
  const trailAt = async (name: string | undefined): Promise<CoordinatorAudit | null> => {
    if (name === undefined) return null;
    const trail = await AuditTrail.open(path(name));
    opened.push(trail);
    return new CoordinatorAudit(trail, (error) => {
      failure ??= error;
      stop.abort();
    });
  };
  const progress = new RunProgress(value.rounds);
  let status: StatusServer | null = null;
  try {
    const [audit, sealed] = [await trailAt(auditPath), await trailAt(sealedPath)];
    status = value.observe === undefined ? null : await startStatusServer(value.observe, progress);
    if (status !== null) options.onObservable?.(status.address);
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    return await play(file, { ...options, signal }, { audit, sealed }, progress);
  } catch (error) {
    throw failure ?? error;
  } finally {
    await status?.close();
    for (const trail of opened) await trail.close();
  }
}

async function play(
  file: JsonFile<RunFile>,
  options: ServeOptions & { readonly signal: AbortSignal },
  trails: Trails,
  progress: RunProgress,
): Promise<RunResult> {
  const { value, path } = file;
  const { audit } = trails;
  const { topologyJson, parameters } = readModelFolder(path(value.model));
  let isWritten = false;
  const write = (model: Parameters): void => {
    if (value.output === undefined) return;
    writeModelFolder(path(value.output), { topologyJson, parameters: model });
    isWritten = true;
  };
  const elements = parameters.reduce((sum, { dtype, data }) => sum + (isFloat(dtype) ? data.length : 0), 0);
  const server = await startServer({
    ...serverOptions(file, elements),
    initialModel: { topology: topologyJson, parameters },
    witness: {
      opened: (site) => (progress.opened(site), audit?.opened(site)),
      refused: (site, reason) => (progress.refused(reason), audit?.refused(site, reason)),
      ...updateWitness(value, progress, trails),
    },
    onRefused: (error) => (progress.refused(error.details.check), audit?.identityRefused(error)),
    onRound: async (record, model) => {
      // the sites have paid for it: whatever ends the run, a released model stays
      if (value.output !== undefined && record.outcome === "released") write(await model.parameters());
      await audit?.closed(record);
      progress.closed(record);
      options.onRound?.(record);
    },
    signal: options.signal,
  });
  progress.started(server.runId);
  options.onListening?.(server);
  const result = await server.finished;
  if (!isWritten) write(result.parameters);
  progress.ended();
  return result;
}

/** What is written down for auditors, and what for nobody's eyes but the coordinator's. */
interface Trails {
  readonly audit: CoordinatorAudit | null;
  /** Only where the site is the unit. */
  readonly sealed: CoordinatorAudit | null;
}

/**
 * Where the site is the unit, whose update came is as secret as who was drawn: neither the trail, which auditors read, nor the
 * metrics may tell, not even how many there were.
 */
function updateWitness(
  { siteLevelPrivacy }: RunFile,
  progress: RunProgress,
  { audit, sealed }: Trails,
): Pick<DialogueWitness, "received" | "drawn" | "disputed"> {
  if (siteLevelPrivacy !== undefined) {
    return {
      received: (site, header, reason) => sealed?.received(site, header, reason),
      drawn: (round, sites) => sealed?.drawn(round, sites),
    };
  }
  return {
    received: (site, header, reason) => (progress.received(header, reason), audit?.received(site, header, reason)),
    disputed: (round, dispute) => audit?.disputed(round, dispute),
  };
}

/** A run that an earlier process began: its output folder holds its last model. */
function isContinued({ value, path }: JsonFile<RunFile>): boolean {
  if (value.stateDir === undefined) return false;
  const folder = path(value.stateDir);
  return existsSync(folder) && readdirSync(folder).length > 0;
}

/** Before any site spends for it: the folder is there and empty. */
function claimOutput(output: string): void {
  try {
    mkdirSync(output, { recursive: true });
    if (readdirSync(output).length === 0) return;
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    const text = `a folder was wanted for the model at ${output} and can not be made (${reason}); name another in output`;
    throw new PrivacyError("file_unreadable", text, { path: output, reason }, { cause });
  }
  const text = `an empty folder was wanted for the final model and ${output} holds files; name another in output`;
  throw new PrivacyError("output_occupied", text, { path: output });
}

function serverOptions({ value, path }: JsonFile<RunFile>, elements: number): Omit<ServerOptions, "initialModel"> {
  const {
    address,
    rounds,
    minClients,
    weights,
    strategy,
    tls,
    spoolDir,
    stateDir,
    signingKey,
    secureAggregation,
    siteLevelPrivacy,
  } = value;
  const { buffered, quorum, cohortSize, maxSites, evaluateEvery, config } = value;
  const { deadlineMs, reconnectMs, graceMs, gatherMs } = value;
  const times = { deadlineMs, reconnectMs, graceMs, gatherMs };
  const given = { buffered, quorum, cohortSize, maxSites, ...times, evaluateEvery, config };
  const optional = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  return {
    address,
    strategy: strategyFrom(strategy, weights),
    rounds,
    minClients,
    ...optional,
    ...(tls === undefined ? {} : { tls: serverTls(tls, path) }),
    ...(signingKey === undefined ? {} : { signingKey: readPrivateKey(path(signingKey)) }),
    ...(spoolDir === undefined ? {} : { spoolDir: path(spoolDir) }),
    ...(stateDir === undefined ? {} : { stateDir: path(stateDir) }),
    ...(secureAggregation === undefined
      ? {}
      : { secureAggregation: secureFrom(secureAggregation, { rounds, minClients, elements }, path) }),
    ...(siteLevelPrivacy === undefined ? {} : { siteLevelPrivacy: siteLevelFrom(siteLevelPrivacy, rounds, path) }),
  };
}

function serverTls(
  { cert, key, clients }: NonNullable<RunFile["tls"]>,
  path: (relative: string) => string,
): NonNullable<ServerOptions["tls"]> {
  const pair = { certPath: path(cert), keyPath: path(key) };
  if (clients === undefined) return pair;
  return { ...pair, clients: { caPath: path(clients.ca), revokedPath: path(clients.revoked) } };
}
