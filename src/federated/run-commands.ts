import { mkdirSync, readdirSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";
import type { ClientRound, ClientSummary } from "./client.ts";
import { fedAvg } from "./strategy.ts";
import { startClient } from "./grpc/client.ts";
import { type FederatedServer, type RunResult, startServer } from "./grpc/server.ts";
import type { ServerOptions } from "./grpc/server-options.ts";
import { hospitalClient } from "./hospital-client.ts";
import { readModelFolder, writeModelFolder } from "./model-folder.ts";
import type { Parameters } from "./parameters.ts";
import type { RoundRecord } from "./round-record.ts";
import { type RunFile, readRunFile } from "./run-file.ts";
import { readSiteFile, readTable } from "./site-file.ts";
import type { SitePrivacy } from "./site-privacy.ts";

export interface ServeOptions {
  /** Path of the run's configuration file. */
  readonly configPath: string;
  readonly onListening?: (server: FederatedServer) => void;
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
  const { value, path } = readRunFile(options.configPath);
  if (value.output !== undefined) claimOutput(path(value.output));
  const { topologyJson, parameters } = readModelFolder(path(value.model));
  const { onRound, signal } = options;
  let isWritten = false;
  const write = (parameters: Parameters): void => {
    if (value.output === undefined) return;
    writeModelFolder(path(value.output), { topologyJson, parameters });
    isWritten = true;
  };
  const server = await startServer({
    ...serverOptions(value, path),
    initialModel: { topology: topologyJson, parameters },
    onRound: async (record, model) => {
      // the sites have paid for it: whatever ends the run, a released model stays
      if (value.output !== undefined && record.outcome === "released") write(await model.parameters());
      onRound?.(record);
    },
    ...(signal === undefined ? {} : { signal }),
  });
  options.onListening?.(server);
  const result = await server.finished;
  if (!isWritten) write(result.parameters);
  return result;
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

function serverOptions(value: RunFile, path: (relative: string) => string): Omit<ServerOptions, "initialModel"> {
  const { address, rounds, minClients, weights, tls, spoolDir } = value;
  const { quorum, deadlineMs, graceMs, gatherMs, evaluateEvery, config } = value;
  const given = { quorum, deadlineMs, graceMs, gatherMs, evaluateEvery, config };
  const optional = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
  return {
    address,
    strategy: fedAvg({ weights }),
    rounds,
    minClients,
    ...optional,
    ...(tls === undefined ? {} : { tls: { certPath: path(tls.cert), keyPath: path(tls.key) } }),
    ...(spoolDir === undefined ? {} : { spoolDir: path(spoolDir) }),
  };
}

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
}

/**
 * What `sordino federated join` does: trains the site's own records under the site's own plan and ledger. Needs a
 * TensorFlow.js backend, which the caller sets up.
 *
 * @throws PrivacyError as startClient, hospitalClient, readSiteFile, readIdx.
 */
export async function runJoin(options: JoinOptions): Promise<JoinResult> {
  const { value, path } = readSiteFile(options.sitePath);
  const { signal, onStep, onRound } = options;
  const { data, evaluation, training, tls } = value;
  const client = hospitalClient({
    ledger: path(value.ledger),
    data: { id: data.id, ...readTable(data, path) },
    datasetSize: data.datasetSize,
    loss: training.loss,
    optimizer: { kind: training.optimizer, learningRate: training.learningRate },
    privacy: value.privacy,
    ...(evaluation === undefined ? {} : { evaluation: readTable(evaluation, path) }),
    ...(signal === undefined ? {} : { signal }),
    ...(onStep === undefined ? {} : { onStep }),
  });
  let privacy: SitePrivacy | null = null;
  try {
    const summary = await startClient({
      address: value.server,
      site: value.site,
      client,
      weight: value.weight,
      evaluation: evaluation === undefined ? "none" : "public",
      ...(tls === undefined ? {} : { tls: { caPath: path(tls.ca) } }),
      ...(onRound === undefined ? {} : { onRound }),
      ...(signal === undefined ? {} : { signal }),
    });
    privacy = client.privacy() ?? null;
    refuseEmptyHanded(summary);
    return Object.freeze({ ...summary, privacy });
  } finally {
    await client.close();
  }
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
