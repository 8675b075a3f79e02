import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerDuplexStream, Server } from "@grpc/grpc-js";
import { PrivacyError, invalidArgument, parsePositiveInteger, parseSteps } from "../../core/index.ts";
import { Coordinator, type CoordinatorOptions } from "../coordinator.ts";
import type { Strategy } from "../strategy.ts";
import { type OutgoingTensors, manifestBytes, outgoingTensors } from "../manifest.ts";
import {
  type CoordinatorMessage,
  type Numbers,
  type SiteMessage,
  areNumbers,
  maxUint32,
  protocolVersion,
} from "../messages.ts";
import { ModelFile } from "../model-file.ts";
import type { Parameters } from "../parameters.ts";
import type { RoundRecord } from "../round-record.ts";
import { SiteDialogue } from "../site-dialogue.ts";
import { onSpool } from "../spool-disk.ts";
import { statusOf } from "../status.ts";
import { encodeCoordinatorMessage, maxMessageBytes } from "./codec.ts";
import { converse } from "./conversation.ts";
import { type ServerTls, serverCredentials } from "./credentials.ts";
import { openServerWindows } from "./flow-control.ts";
import { trackSockets } from "./open-sockets.ts";
import { federationService } from "./service.ts";

/** What the first round starts from. */
export interface InitialModel {
  /** tf.layers topology: its JSON, as text or as the object. Sites that know their model need none. */
  readonly topology?: string | object;
  readonly parameters: Parameters;
}

/** The model after a round; read from disk only when asked. */
export interface RoundModel {
  readonly digest: string;
  readonly parameters: () => Promise<Parameters>;
}

export interface ServerOptions {
  /** host:port to listen on; port 0 takes a free one. */
  readonly address: string;
  readonly strategy: Strategy;
  /** Rounds to play. */
  readonly rounds: number;
  /** Sites that must be ready before a round begins. */
  readonly minClients: number;
  /** With topology, or the parameters alone. Left out: the first site by name is asked for parameters. */
  readonly initialModel?: InitialModel | Parameters;
  /** Needed beyond loopback, unless `plaintext` says otherwise. */
  readonly tls?: ServerTls;
  /** True: serve a network in clear text, for instance behind a sidecar that encrypts. */
  readonly plaintext?: boolean;
  /** A site without progress for this long has failed its round; 600,000 by default. Training counts as none. */
  readonly deadlineMs?: number;
  /** Usable updates without which a round leaves the model as it is; 1 by default. */
  readonly quorum?: number;
  /** Once the quorum is there, how long stragglers are waited for; without limit by default. */
  readonly graceMs?: number;
  /** How long to wait for minClients, per round; without limit by default. */
  readonly gatherMs?: number;
  /** Evaluate on the sites' public data after every so many rounds; 0, never, by default. */
  readonly evaluateEvery?: number;
  /** Numbers for the sites' training code, such as a learning rate. */
  readonly config?: Numbers;
  /** No model and no update may be larger; 4 GiB by default. */
  readonly maxModelBytes?: number;
  /** Where updates wait for their round; a temporary directory by default. Files of this run are removed at the end. */
  readonly spoolDir?: string;
  /** Awaited after every round. */
  readonly onRound?: (record: RoundRecord, model: RoundModel) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly version: "federated-run/v1";
  readonly runId: string;
  readonly rounds: readonly RoundRecord[];
  readonly modelDigest: string;
  readonly parameters: Parameters;
}

/** A server that listens and plays its rounds. */
export interface FederatedServer {
  /** host:port that sites connect to. */
  readonly address: string;
  readonly port: number;
  readonly runId: string;
  /** True when the HTTP/2 receive windows could be opened; false makes long lines slow, never wrong. */
  readonly hasWideWindows: boolean;
  /** The end of the run, after everything is closed. Rejects `aborted`, `deadline_exceeded`, or with what broke. */
  readonly finished: Promise<RunResult>;
  /** Rounds so far. */
  readonly records: () => readonly RoundRecord[];
  /** Ends the run early and waits until everything is closed. */
  readonly close: () => Promise<void>;
}

/** A stream that has not joined after this long is closed. */
const joinWithinMs = 30_000;
/** Sites get this long to take the stop instruction. */
const farewellMs = 2_000;

/**
 * Starts a coordinator: listens, waits for sites, plays the rounds, stops by itself. Resolves as soon as it listens.
 *
 * Memory holds a few chunks per transfer, not models: updates and the global model live in `spoolDir`. An update is
 * refused, with a reason, for NaN or Infinity, another shape, type, name, count, size, digest or round; the round goes
 * on without it. Without a usable update the model keeps its bytes and the run goes on.
 *
 * A site's name is a claim: nothing here proves it, so weights by name are no defence against an impostor.
 *
 * @throws PrivacyError `invalid_argument` naming the option; `address_in_use`; `file_unreadable` for TLS files and for a
 *   spool that can not be written, also from `finished`; `aborted`.
 */
export async function startServer(options: ServerOptions): Promise<FederatedServer> {
  const run = await openRun(options);
  const { coordinator, runId } = run;
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": 4,
    // patient: training in a site's event loop answers no ping
    "grpc.keepalive_time_ms": 120_000,
    "grpc.keepalive_timeout_ms": 120_000,
  });
  const hasWideWindows = openServerWindows(server);
  const destroySockets = trackSockets(server);
  server.addService(federationService, { join: (call: ServerCall) => attend(call, run) });
  let port: number;
  try {
    port = await bind(server, options);
  } catch (error) {
    server.forceShutdown();
    await run.removeSpool();
    throw error;
  }
  const finished = play({ server, destroySockets }, run, options.signal);
  // whoever awaits `finished` sees the error; whoever does not must not crash for it
  finished.catch(() => undefined);
  const address = options.address.replace(/:0$/, `:${port}`);
  const close = async (): Promise<void> => {
    coordinator.fail(aborted());
    await finished.catch(() => undefined);
  };
  return { address, port, runId, hasWideWindows, finished, records: () => [...coordinator.records], close };
}

type ServerCall = ServerDuplexStream<SiteMessage, CoordinatorMessage>;

interface Run {
  readonly coordinator: Coordinator;
  readonly runId: string;
  readonly topologyJson: string;
  readonly removeSpool: () => Promise<void>;
}

function aborted(): PrivacyError<"aborted"> {
  const text = "the federated run was stopped by its caller; rounds that were released stay as they are";
  return new PrivacyError("aborted", text, { phase: "federated run" });
}

function parseMs(value: number | undefined, argument: string): number | null {
  if (value === undefined || value === Infinity) return null;
  if (!(value > 0)) throw invalidArgument(argument, "a time in ms > 0", value);
  return value;
}

/** What can be checked before a file or socket is touched. */
function parseRun(options: ServerOptions): Omit<CoordinatorOptions, "spoolDir" | "onRound" | "nowMs"> {
  if (options.signal?.aborted === true) throw aborted();
  const { strategy, config = {}, maxModelBytes = 4 * 2 ** 30 } = options;
  const rounds = parsePositiveInteger(options.rounds, "rounds");
  if (rounds > maxUint32) throw invalidArgument("rounds", `at most ${maxUint32}`, rounds);
  if (typeof strategy?.weightOf !== "function") {
    throw invalidArgument("strategy", "a strategy such as fedAvg()", typeof strategy);
  }
  if (!areNumbers(config)) throw invalidArgument("config", "at most 64 finite numbers under plain names", "others");
  parsePositiveInteger(maxModelBytes, "maxModelBytes");
  const plan = {
    minClients: parsePositiveInteger(options.minClients, "minClients"),
    quorum: parsePositiveInteger(options.quorum ?? 1, "quorum"),
    idleMs: parseMs(options.deadlineMs, "deadlineMs") ?? 600_000,
    graceMs: parseMs(options.graceMs, "graceMs"),
    gatherMs: parseMs(options.gatherMs, "gatherMs"),
  };
  const evaluateEvery = parseSteps(options.evaluateEvery ?? 0, "evaluateEvery");
  return { strategy, rounds, plan, evaluateEvery, config, maxModelBytes };
}

async function openRun(options: ServerOptions): Promise<Run> {
  const parsed = parseRun(options);
  const initialModel = asInitialModel(options.initialModel);
  const model = initialModel === undefined ? null : outgoingTensors(initialModel.parameters, "initialModel.parameters");
  const topologyJson = topologyText(initialModel?.topology);
  const runId = randomUUID();
  checkSizes(model, { ...parsed, runId, topologyJson });
  const onRound: CoordinatorOptions["onRound"] = async (record, file) => {
    await options.onRound?.(record, { digest: file.digest, parameters: async () => await file.parameters() });
  };
  const spoolDir = await onSpool(options.spoolDir ?? tmpdir(), () => openSpool(options.spoolDir, runId));
  const removeSpool = async (): Promise<void> => await rm(spoolDir, { recursive: true, force: true });
  // on disk before anyone can join: the welcome names its tensors, and memory lets go of it
  const first = model === null ? null : await spoolFirst(join(spoolDir, "model-0.bin"), model, removeSpool);
  const coordinator = new Coordinator({ ...parsed, spoolDir, onRound, nowMs: () => performance.now() }, first);
  return { coordinator, runId, topologyJson, removeSpool };
}

async function spoolFirst(path: string, model: OutgoingTensors, removeSpool: () => Promise<void>): Promise<ModelFile> {
  try {
    return await onSpool(path, () => ModelFile.write(path, model));
  } catch (error) {
    await removeSpool();
    throw error;
  }
}

function asInitialModel(given: InitialModel | Parameters | undefined): InitialModel | undefined {
  if (given === undefined || "parameters" in given) return given;
  return { parameters: given };
}

function topologyText(topology: string | object | undefined): string {
  if (topology === undefined) return "";
  return typeof topology === "string" ? topology : JSON.stringify(topology);
}

/** The messages that carry topology and manifest must fit what a site accepts. */
function checkSizes(
  model: OutgoingTensors | null,
  run: { runId: string; rounds: number; topologyJson: string; maxModelBytes: number },
): void {
  const tensors = model?.manifest ?? [];
  if (manifestBytes(tensors) > run.maxModelBytes) {
    throw invalidArgument("initialModel", `at most maxModelBytes = ${run.maxModelBytes} bytes`, manifestBytes(tensors));
  }
  const { runId, rounds, topologyJson } = run;
  const greeting = { kind: "welcome", protocolVersion, runId, rounds, topologyJson, tensors } as const;
  const welcome = encodeCoordinatorMessage(greeting);
  if (welcome.length > maxMessageBytes) {
    throw invalidArgument(
      "initialModel.topology",
      `${maxMessageBytes} bytes with the manifest at most`,
      welcome.length,
    );
  }
}

async function openSpool(parent: string | undefined, runId: string): Promise<string> {
  if (parent === undefined) return await mkdtemp(join(tmpdir(), "sordino-spool-"));
  const path = join(parent, `run-${runId}`);
  // updates are nobody else's to read
  await mkdir(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Asks the machine itself first: grpc-js writes a line of its own to stderr when it can not bind. */
async function probe(address: string): Promise<void> {
  const [, host, port] = /^(?:ipv[46]:)?\[?([^\]]*)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined || Number(port) === 0 || Number(port) > 65_535) return;
  const taken = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    taken.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    taken.listen(Number(port), host, () => taken.close(() => resolve(undefined)));
  });
  if (code === "EADDRINUSE") throw addressInUse(address);
}

function addressInUse(address: string, cause?: unknown): PrivacyError<"address_in_use"> {
  const text = `${address} was wanted to listen on and another process holds it; choose another port, or 0 for a free one`;
  return new PrivacyError("address_in_use", text, { address }, { cause });
}

async function bind(server: Server, { address, tls, plaintext }: ServerOptions): Promise<number> {
  const credentials = serverCredentials(address, tls, plaintext === true);
  await probe(address);
  return await new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) return resolve(port);
      if (/EADDRINUSE/.test(error.message)) return reject(addressInUse(address, error));
      const expected = "a host:port of this machine";
      const text = `address must be ${expected}, got "${address}", which can not be listened on`;
      return reject(new PrivacyError("invalid_argument", text, { argument: "address", expected }, { cause: error }));
    });
  });
}

function attend(call: ServerCall, run: Run): void {
  const end = (): void => {
    if (!call.writableEnded) call.end();
  };
  let dialogue: SiteDialogue | undefined;
  const limit = setTimeout(() => dialogue?.site === "" && call.destroy(), joinWithinMs).unref();
  const speaker = converse<SiteMessage, CoordinatorMessage>(call, {
    receive: async (message) => await dialogue?.receive(message),
    closed: async () => {
      clearTimeout(limit);
      await dialogue?.closed();
      end();
    },
    failed: (error) => {
      run.coordinator.fail(error);
      end();
    },
  });
  const refuse = (error: PrivacyError): void => {
    if (!call.writableEnded) call.emit("error", { code: statusOf[error.code], details: error.message });
  };
  dialogue = new SiteDialogue(run, { send: speaker.send, end, refuse });
}

/** A server and the means to end whoever is connected and silent. */
interface Listener {
  readonly server: Server;
  readonly destroySockets: () => void;
}

async function play(listener: Listener, run: Run, signal: AbortSignal | undefined): Promise<RunResult> {
  const { coordinator, runId } = run;
  const abort = (): void => coordinator.fail(aborted());
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const model = await coordinator.run();
    const parameters = await model.parameters();
    const rounds = [...coordinator.records];
    return Object.freeze({ version: "federated-run/v1", runId, rounds, modelDigest: model.digest, parameters });
  } finally {
    signal?.removeEventListener("abort", abort);
    await shutDown(listener, coordinator);
    await run.removeSpool();
  }
}

/**
 * Lets the sites take their leave, then closes what is left. grpc-js does not call back for a session whose peer never
 * greeted, so the wait for it ends with the sockets.
 */
async function shutDown({ server, destroySockets }: Listener, coordinator: Coordinator): Promise<void> {
  const until = performance.now() + farewellMs;
  while (coordinator.attendance > 0 && performance.now() < until) await new Promise((r) => setTimeout(r, 5));
  await new Promise<void>((resolve) => {
    const end = (): void => {
      server.forceShutdown();
      destroySockets();
      setImmediate(resolve);
    };
    const force = setTimeout(end, coordinator.attendance > 0 ? 0 : farewellMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
