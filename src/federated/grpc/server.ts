import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerDuplexStream, Server } from "@grpc/grpc-js";
import type { Guarantee } from "../../accounting/index.ts";
import { PrivacyError } from "../../core/index.ts";
import { type RecoveredBuffer, recoverBuffer } from "../buffer-recovery.ts";
import { BufferedCoordinator } from "../buffered-coordinator.ts";
import type { CoordinatorOptions } from "../coordinator-options.ts";
import { Coordinator } from "../coordinator.ts";
import { CreditPool } from "../credit.ts";
import type { OutgoingTensors } from "../manifest.ts";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { ModelFile } from "../model-file.ts";
import { type SiteAccount, openAggregation } from "../open-aggregation.ts";
import type { Parameters } from "../parameters.ts";
import type { RoundRecord } from "../round-record.ts";
import { type Recovered, recover } from "../run-recovery.ts";
import { type RunIdentity, RunStore } from "../run-store.ts";
import type { SiteNoisePlan } from "../site-noise.ts";
import { SendLimit } from "../send-limit.ts";
import { type DialogueRun, SiteDialogue } from "../site-dialogue.ts";
import { onSpool } from "../spool-disk.ts";
import { maxMessageBytes } from "./codec.ts";
import { converse } from "./conversation.ts";
import { type ServerTls, serverCredentials } from "./credentials.ts";
import { openServerWindows } from "./flow-control.ts";
import { HealthService } from "./health.ts";
import { trackSockets } from "./open-sockets.ts";
import { PeerGuard, refuseCall, watchHandshakes } from "./peer-guard.ts";
import { type ParsedRun, type ServerOptions, aborted, parseRun } from "./server-options.ts";
import { federationService } from "./service.ts";

export interface RunResult {
  readonly version: "federated-run/v1";
  readonly runId: string;
  readonly rounds: readonly RoundRecord[];
  readonly modelDigest: string;
  readonly parameters: Parameters;
  /** Of all released models, for the site as unit; null without `siteLevelPrivacy` or `secureAggregation.siteNoise`. */
  readonly guarantee: Guarantee | null;
  /** Set where the noise is the sites': then this side need not be honest about it. Its assumptions are part of the guarantee. */
  readonly siteNoise: SiteNoisePlan | null;
}

/** A server that listens and plays its rounds. */
export interface FederatedServer {
  /** host:port that sites connect to. */
  readonly address: string;
  readonly port: number;
  readonly runId: string;
  /** What is promised with noise from the sites; null where they add none. */
  readonly siteNoise: SiteNoisePlan | null;
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
 * Chunks under way from all sites beyond the first of each, and chunks on their way to all of them: memory grows by 1 MiB for
 * each site that sends or that is sent a large model and takes nothing, and a site alone has 5 MiB under way, which fills a line of 40 ms at 125 MiB/s.
 */
const uploadsInHand = 8;
const downloadsInHand = 3;

/**
 * Starts a coordinator: listens, waits for sites, plays the rounds, stops by itself. Resolves as soon as it listens.
 *
 * Memory holds a few chunks per transfer, not models: updates and the global model live in `spoolDir`, but for those of at
 * most 16 MiB, which without `stateDir` are in memory as long as all of them take no more than 128 MiB. An update is refused,
 * with a reason, for NaN or Infinity, another shape, type, name, count, size, digest or round; the round goes on without it.
 * Without a usable update the model keeps its bytes and the run goes on.
 *
 * With `tls.clients` a site's name is what its certificate says, and every update carries an epsilon report that the
 * site's key has signed. Without it a name is a claim: weights by name are then no defence against an impostor.
 *
 * @throws PrivacyError `invalid_argument` naming the option; `address_in_use`; `file_unreadable` for TLS files and for a
 *   spool that can not be written, also from `finished`; `aborted`.
 */
export async function startServer(options: ServerOptions): Promise<FederatedServer> {
  // taken out here: a closure over `options` would keep the first model in memory as long as the run
  const { onRefused, signal, tls } = options;
  const run = await openRun(options);
  const { desk, runId } = run;
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
  const refused = (error: PrivacyError<"identity_refused">): void => onRefused?.(error);
  if (tls?.clients !== undefined) watchHandshakes(server, refused);
  const guard = tls?.clients === undefined ? null : await guardOf(tls.clients, refused, run);
  server.addService(federationService, { join: (call: ServerCall) => attend(call, run, guard) });
  const health = new HealthService();
  health.addTo(server);
  let port: number;
  try {
    port = await bind(server, options);
  } catch (error) {
    guard?.close();
    server.forceShutdown();
    await run.account?.close(false);
    await run.store.close();
    throw error;
  }
  const finished = play({ server, destroySockets, guard, health }, run, signal);
  // whoever awaits `finished` sees the error; whoever does not must not crash for it
  finished.catch(() => undefined);
  const { siteNoise } = run;
  const address = options.address.replace(/:0$/, `:${port}`);
  const close = async (): Promise<void> => {
    desk.fail(aborted());
    await finished.catch(() => undefined);
  };
  return { address, port, runId, siteNoise, hasWideWindows, finished, records: () => [...desk.records], close };
}

async function guardOf(
  clients: NonNullable<ServerTls["clients"]>,
  refused: (error: PrivacyError<"identity_refused">) => void,
  run: Run,
): Promise<PeerGuard> {
  try {
    return new PeerGuard(clients, refused);
  } catch (error) {
    await run.account?.close(false);
    await run.store.close();
    throw error;
  }
}

type ServerCall = ServerDuplexStream<SiteMessage, CoordinatorMessage>;

/** What a started server plays: rounds, or a buffer. */
interface Run extends DialogueRun {
  readonly desk: Coordinator | BufferedCoordinator;
  readonly store: RunStore;
  /** What the released models cost the sites; null where nothing of that is promised. */
  readonly account: SiteAccount | null;
  readonly siteNoise: SiteNoisePlan | null;
}

async function openRun(options: ServerOptions): Promise<Run> {
  // nothing that lives as long as the run may hold on to `options`: the first model is in them
  const { onRound: told } = options;
  const parsed = parseRun(options);
  const { initialModel, topologyJson, signingKey, configuration, strategy, buffer } = parsed;
  const { rule } = strategy;
  const identity = { runId: randomUUID(), rule, configuration, signingKey };
  const { store, rounds, buffered } = await openStore(options, identity, buffer !== null);
  const onRound: CoordinatorOptions["onRound"] = async (record, file) => {
    await told?.(record, { digest: file.digest, parameters: async () => await file.parameters() });
  };
  let account: SiteAccount | null = null;
  try {
    const opened = await openAggregation(parsed, store, rounds, options.witness);
    account = opened.account;
    const first = (rounds ?? buffered)?.model == null ? await writeFirst(store, initialModel) : null;
    const lasting = { ...lastingOptions(parsed), onRound, nowMs: () => performance.now() };
    const { aggregate } = opened;
    const desk =
      buffer === null
        ? new Coordinator({ ...lasting, aggregate }, store, first, rounds)
        : new BufferedCoordinator(lasting, buffer, store, first, buffered);
    const transfers = { uploads: new CreditPool(uploadsInHand), downloads: new SendLimit(downloadsInHand) };
    const noise = parsed.secure?.noise ?? null;
    const claims = {
      minClients: parsed.plan.minClients,
      isSecure: parsed.secure !== null,
      ...(noise === null ? {} : { siteNoise: noise }),
    };
    const { witness } = options;
    const extras = { claims, ...(witness === undefined ? {} : { witness }) };
    const siteNoise = parsed.secure?.siteNoise?.plan ?? null;
    return {
      desk,
      store,
      account,
      siteNoise,
      runId: store.identity.runId,
      topologyJson,
      signingKey,
      ...transfers,
      ...extras,
    };
  } catch (error) {
    await account?.close(false);
    await store.close();
    throw error;
  }
}

/** In its place before anyone can join: the welcome names its tensors, and memory lets go of it. */
async function writeFirst(store: RunStore, model: OutgoingTensors | null): Promise<ModelFile | null> {
  if (model === null) return null;
  const path = join(store.dir, "model-0.bin");
  return await onSpool(path, () => ModelFile.write(path, model, !store.isDurable));
}

/** What lasts as long as the run; the first model does not. */
function lastingOptions(run: ParsedRun): Omit<CoordinatorOptions, "onRound" | "nowMs" | "aggregate"> {
  const { strategy, rounds, plan, evaluateEvery, config, maxModelBytes, maxSites, random } = run;
  return { strategy, rounds, plan, evaluateEvery, config, maxModelBytes, maxSites, random };
}

async function openStore(
  { stateDir, spoolDir }: ServerOptions,
  identity: RunIdentity,
  isBuffered: boolean,
): Promise<{ store: RunStore; rounds: Recovered | null; buffered: RecoveredBuffer | null }> {
  if (stateDir !== undefined && isBuffered) {
    const { store, recovered } = await RunStore.open(stateDir, identity, recoverBuffer);
    return { store, rounds: null, buffered: recovered };
  }
  if (stateDir !== undefined) {
    const { store, recovered } = await RunStore.open(stateDir, identity, recover);
    return { store, rounds: recovered, buffered: null };
  }
  const dir = await onSpool(spoolDir ?? tmpdir(), () => openSpool(spoolDir, identity.runId));
  return { store: RunStore.temporary(dir, identity), rounds: null, buffered: null };
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

function attend(call: ServerCall, run: Run, guard: PeerGuard | null): void {
  const peer = guard?.admit(call);
  // refused, with the reason
  if (guard !== null && peer === undefined) return;
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
      run.desk.fail(error);
      end();
    },
  });
  const refuse = (error: PrivacyError): void => refuseCall(call, error);
  dialogue = new SiteDialogue(peer === undefined ? run : { ...run, peer }, { send: speaker.send, end, refuse });
}

/** A server and the means to end whoever is connected and silent. */
interface Listener {
  readonly server: Server;
  readonly destroySockets: () => void;
  readonly guard: PeerGuard | null;
  readonly health: HealthService;
}

async function play(listener: Listener, run: Run, signal: AbortSignal | undefined): Promise<RunResult> {
  const { desk, runId } = run;
  const abort = (): void => desk.fail(aborted());
  signal?.addEventListener("abort", abort, { once: true });
  let isFinished = false;
  try {
    const model = await desk.run();
    isFinished = true;
    const parameters = await model.parameters();
    const rounds = [...desk.records];
    const guarantee = run.account?.guarantee() ?? null;
    const facts = { runId, rounds, modelDigest: model.digest, parameters, guarantee, siteNoise: run.siteNoise };
    return Object.freeze({ version: "federated-run/v1" as const, ...facts });
  } finally {
    signal?.removeEventListener("abort", abort);
    listener.health.stop();
    await shutDown(listener, desk);
    listener.guard?.close();
    // a temporary store has no later process that could go on
    await run.account?.close(isFinished || !run.store.isDurable);
    await run.store.close();
  }
}

/**
 * Lets the sites take their leave, then closes what is left. grpc-js does not call back for a session whose peer never
 * greeted, so the wait for it ends with the sockets.
 */
async function shutDown({ server, destroySockets }: Listener, desk: Run["desk"]): Promise<void> {
  const until = performance.now() + farewellMs;
  while (desk.attendance > 0 && performance.now() < until) await new Promise((r) => setTimeout(r, 5));
  await new Promise<void>((resolve) => {
    const end = (): void => {
      server.forceShutdown();
      destroySockets();
      setImmediate(resolve);
    };
    const force = setTimeout(end, desk.attendance > 0 ? 0 : farewellMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
