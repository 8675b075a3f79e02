import { type KeyObject, randomInt } from "node:crypto";
import { type ClientDuplexStream, type ServiceError, Client } from "@grpc/grpc-js";
import { PrivacyError, invalidArgument } from "../../core/index.ts";
import type { ClientRound, ClientSummary, FederatedClient } from "../client.ts";
import { operatingSystemRandom } from "../../core/random-source.ts";
import { type ReportFacts, signReport } from "../epsilon-report.ts";
import { identityRefused, readSiteIdentity } from "../identity/index.ts";
import { isWeight } from "../weight.ts";
import { requireEd25519 } from "../lineage.ts";
import { type CoordinatorMessage, type SignedReport, type SiteMessage, isSiteName, plainText } from "../messages.ts";
import { Outbox } from "../outbox.ts";
import { type SessionPlan, SiteSession } from "../site-session.ts";
import type { PinnedSites, SecureRound } from "../secagg/index.ts";
import { RunLedger } from "../run-ledger.ts";
import { type NoiseDuty, SecureParticipant } from "../secure-participant.ts";
import type { NoiseFloor } from "../site-noise-floor.ts";
import { SiteWorker } from "../site-worker.ts";
import { grpcStatus } from "../status.ts";
import { maxMessageBytes } from "./codec.ts";
import { converse } from "./conversation.ts";
import { identityRefusal } from "./identity-refusal.ts";
import { type ClientTls, clientCredentials, isLoopback } from "./credentials.ts";
import { flowControlWindow } from "./flow-control.ts";
import { joinMethod } from "./service.ts";

export interface ClientOptions {
  /** host:port of the coordinator. */
  readonly address: string;
  /** This site's public name. */
  readonly site: string;
  readonly client: FederatedClient;
  /** Needed beyond loopback, unless `plaintext` says otherwise. */
  readonly tls?: ClientTls;
  /** True: speak to a network in clear text. */
  readonly plaintext?: boolean;
  /** The site's weight in a mean, a public constant; 1 by default. Never a count of records. */
  readonly weight?: number;
  /** "public": what `evaluate` uses is declared public and its metrics may leave. "none" by default. */
  readonly evaluation?: "public" | "none";
  /**
   * Tries in a row without a welcome before `unreachable`: 5, or 60 once the site has been welcomed; the first after
   * 200 ms, then twice as long each time, at most 10 s. Each wait is drawn between half of that and all of it: sites that lost the same coordinator do not come at once.
   */
  readonly retry?: { readonly attempts: number; readonly firstDelayMs: number };
  /** A larger model is declined; 4 GiB by default. */
  readonly maxModelBytes?: number;
  /**
   * Folder in which the site keeps the bytes of its last update: after a crash the same bytes are sent again, or nothing.
   * Without one a restarted site knows nothing of the rounds it has trained.
   */
  readonly outbox?: string;
  /** Ed25519 public key of the coordinator: what it did not sign is declined. */
  readonly coordinatorKey?: KeyObject;
  /**
   * Mask every update, so that the coordinator learns the sum alone; other runs are refused. Needs `tls` with this site's
   * certificate and the other sites' keys, exchanged out of band: a coordinator that could name them could unmask one site.
   */
  readonly secureAggregation?: SecureClient;
  /** After each instruction. `error` is for this site's own eyes. */
  readonly onRound?: (round: ClientRound) => void;
  readonly signal?: AbortSignal;
}

export interface SecureClient {
  /** Ed25519 public keys of the other sites, by name. */
  readonly pinned: PinnedSites;
  /** Rounds that could end with fewer sites are refused; 3 by default. */
  readonly minimumCohort?: number;
  /**
   * Rounds in which this site could have a larger share of the weight of a sum are refused, in (0, 1); 2/3 by default. Weights
   * are the coordinator's: were the others' next to nothing, the sum would be this site's change.
   */
  readonly maximumShare?: number;
  /**
   * Take part only in rounds in which every site adds noise to its change before it is masked, and write down what the sums cost
   * this site. Without it rounds with noise are refused.
   */
  readonly siteNoise?: SiteNoiseAccount;
}

/** A site's own account of what the sums of secure rounds say of it. Unit: the site; neighboring: zero-out. */
export interface SiteNoiseAccount {
  /** Folder of a ledger of its own: not that of the site's records, which training holds open. */
  readonly ledger: string;
  readonly scope: string;
  /** The most that the scope may ever spend; null: counted and never refused. */
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
  /** Null: any noise that the budget allows. */
  readonly floor: NoiseFloor | null;
}

/** A coordinator that does not welcome or refuse within this time counts as absent. */
const welcomeWithinMs = 10_000;
/** About ten minutes: a coordinator that was killed is started again. */
const attemptsAfterWelcome = 60;
/** After the site has left, the coordinator gets this long to close the stream. */
const farewellMs = 1_000;
/** When the site is done, its own code gets this long to end. */
const settleWithinMs = 10_000;

/**
 * Joins a run as one site and stays until the coordinator ends it. What the callbacks return is all that leaves: the
 * parameters, the step count and the epsilon of `fit`, and the metrics of `evaluate` where `evaluation` is "public".
 * An error in a callback declines the instruction and keeps the site in the run; its text stays here. A broken stream is
 * joined again: training goes on meanwhile, transfers go on where they stood, and no round is trained a second time.
 *
 * @throws PrivacyError `unreachable` after bounded retries; `protocol_violation` when the coordinator refuses the site or
 *   breaks the protocol; `invalid_argument` naming the option; `aborted`; `output_occupied` while another process has the
 *   outbox; and whatever `client.prepare` throws.
 */
export async function startClient(options: ClientOptions): Promise<ClientSummary> {
  const parsed = parseOptions(options);
  const outbox = await Outbox.open(options.outbox ?? null);
  const { secure: participant, ...plan } = parsed;
  const worker = new SiteWorker(options.client, outbox, participant?.(outbox) ?? null);
  const rounds: ClientRound[] = [];
  let isStopped = false;
  const onRound = (round: ClientRound): void => {
    rounds.push(round);
    options.onRound?.(round);
  };
  try {
    await attendUntilStopped(options, { ...plan, worker, onRound });
    isStopped = true;
    const runId = worker.runId ?? "";
    const siteSpend = (await worker.secure?.spend(runId)) ?? null;
    return Object.freeze({ version: "federated-client/v1", runId, site: options.site, rounds, siteSpend });
  } finally {
    if (worker.unsettled !== null) onRound({ ...worker.unsettled, outcome: "lost", reason: "disconnected" });
    // the site's own code must not run on when the ledger that it has open is given back
    await within(worker.settled(), settleWithinMs);
    await worker.secure?.close(isStopped);
    await outbox.close();
  }
}

/** Joins again and again, until the run ends or there is no hope. */
async function attendUntilStopped(options: ClientOptions, plan: SessionPlan): Promise<void> {
  const { firstDelayMs = 200 } = options.retry ?? {};
  let attempts = options.retry?.attempts ?? 5;
  for (let failures = 0; ;) {
    const { session, cause } = await attendOnce(options, plan);
    if (options.signal?.aborted === true) throw aborted();
    if (session.outcome?.kind === "failed") throw session.outcome.error;
    if (session.outcome?.kind === "stopped") return;
    // a stream that got as far as a welcome starts the count of failures anew, and a coordinator that was there may be back
    failures = session.isWelcome ? 1 : failures + 1;
    if (session.isWelcome || session.isEarly) attempts = options.retry?.attempts ?? attemptsAfterWelcome;
    const refusal = cause === null ? null : identityRefusal(cause, options.address);
    if (refusal !== null) throw refusal;
    if (failures >= attempts || (isHopeless(cause) && !session.isEarly))
      throw unreachable(options.address, failures, cause);
    const longest = Math.min(firstDelayMs * 2 ** (failures - 1), 10_000);
    await pause(longest / 2 + randomInt(2 ** 32) * (longest / 2 ** 33), options.signal);
  }
}

type Call = ClientDuplexStream<SiteMessage, CoordinatorMessage>;

function parseOptions(options: ClientOptions): Omit<SessionPlan, "worker" | "onRound"> & SecureSetUp {
  const { site, weight = 1, client, evaluation = "none", maxModelBytes = 4 * 2 ** 30, retry, coordinatorKey } = options;
  if (!isSiteName(site)) throw invalidArgument("site", "1 to 64 letters, digits, '.', '_' or '-'", site);
  if (!isWeight(weight)) throw invalidArgument("weight", "0 or a number in [2^-20, 2^20]", weight);
  if (retry !== undefined && !(retry.attempts >= 1 && retry.firstDelayMs >= 0)) {
    throw invalidArgument("retry", "attempts >= 1 and firstDelayMs >= 0", `${retry.attempts}, ${retry.firstDelayMs}`);
  }
  for (const method of ["getParameters", "fit", "evaluate"] as const) {
    if (typeof client?.[method] !== "function")
      throw invalidArgument(`client.${method}`, "a function", typeof client?.[method]);
  }
  const key = coordinatorKey === undefined ? null : requireEd25519(coordinatorKey, "public", "coordinatorKey");
  if (options.signal?.aborted === true) throw aborted();
  const signer = identityOf(options);
  return { site, weight, maxModelBytes, ...signer, coordinatorKey: key, hasPublicEvaluation: evaluation === "public" };
}

/** With a certificate the site's own word is signed by its key. @throws PrivacyError `identity_refused`. */
function identityOf({ site, tls, secureAggregation }: ClientOptions): Pick<SessionPlan, "sign"> & SecureSetUp {
  if (tls?.certPath === undefined || tls.keyPath === undefined) {
    if (secureAggregation === undefined) return {};
    throw invalidArgument("secureAggregation", "tls with certPath and keyPath", "none", "a site signs its keys");
  }
  const { caPath, certPath, keyPath } = tls;
  const identity = readSiteIdentity({ caPath, certPath, keyPath });
  if (identity.site === site) {
    const sign = (facts: ReportFacts): SignedReport => signReport(facts, identity.privateKey);
    return secureAggregation === undefined
      ? { sign }
      : { sign, secure: secureSetUp(site, identity, secureAggregation) };
  }
  const text = `the site was to be ${site}, and its certificate ${certPath} is that of ${identity.site}; correct one of them`;
  throw identityRefused("name", site, text);
}

interface SecureSetUp {
  readonly secure?: (outbox: Outbox) => SecureParticipant;
}

function secureSetUp(
  site: string,
  { privateKey }: { readonly privateKey: KeyObject },
  { pinned, minimumCohort = 3, maximumShare = 2 / 3, siteNoise }: SecureClient,
): (outbox: Outbox) => SecureParticipant {
  if (!(Number.isInteger(minimumCohort) && minimumCohort >= 3)) {
    throw invalidArgument("secureAggregation.minimumCohort", "an integer >= 3", minimumCohort);
  }
  if (!(maximumShare > 0 && maximumShare < 1)) {
    throw invalidArgument("secureAggregation.maximumShare", "in (0, 1)", maximumShare);
  }
  for (const key of pinned.values()) requireEd25519(key, "public", "secureAggregation.pinned");
  const random = operatingSystemRandom();
  return (outbox) => {
    const enter = ({ run, round }: SecureRound): Promise<void> => outbox.enterSecure(run, round);
    const noise = siteNoise === undefined ? {} : { noise: noiseDuty(site, siteNoise) };
    const rules = { minimumCohort, maximumShare, ...noise };
    return new SecureParticipant({ site, identity: privateKey, pinned, ...rules, random, enter });
  };
}

function noiseDuty(site: string, { ledger: dir, scope, budget, floor }: SiteNoiseAccount): NoiseDuty {
  // by this name a restarted site finds its schedule again
  const actorOf = (run: string): string => `federated site ${site}, run ${run}`;
  return {
    floor,
    openLedger: async (run, event, rounds) => {
      const schedule = { event, rounds, randomSource: "operating-system" } as const;
      // never `isResumed`: a restarted site may have missed the first rounds
      return await RunLedger.open({ dir, actor: actorOf(run), scope, budget, ...schedule, isResumed: false });
    },
    findLedger: async (run) => await RunLedger.find({ dir, actor: actorOf(run) }),
  };
}

/** One stream from join to its end. */
async function attendOnce(
  options: ClientOptions,
  plan: SessionPlan,
): Promise<{ session: SiteSession; cause: ServiceError | null }> {
  const { address, tls, plaintext, signal } = options;
  const channel = new Client(address, clientCredentials(address, tls, plaintext === true), channelOptions(address));
  const { path, requestSerialize, responseDeserialize } = joinMethod;
  const call: Call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const cancel = (): void => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await converseOnce(call, plan);
  } finally {
    signal?.removeEventListener("abort", cancel);
    channel.close();
  }
}

async function converseOnce(
  call: Call,
  plan: SessionPlan,
): Promise<{ session: SiteSession; cause: ServiceError | null }> {
  let cause: ServiceError | null = null;
  call.on("error", (error: ServiceError) => (cause = error));
  let session: SiteSession | undefined;
  let farewell: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    const silence = setTimeout(() => session?.isWelcome === false && call.cancel(), welcomeWithinMs);
    const speaker = converse<CoordinatorMessage, SiteMessage>(call, {
      receive: async (message) => await session?.receive(message),
      closed: async () => {
        clearTimeout(silence);
        clearTimeout(farewell);
        session?.closed();
        call.end();
        resolve();
      },
      failed: (error) => {
        if (session !== undefined) session.outcome ??= { kind: "failed", error };
        call.cancel();
      },
    });
    const end = (): void => {
      call.end();
      // a coordinator that does not close its half must not hold the site, nor the ledger that it has open
      farewell ??= setTimeout(() => call.cancel(), farewellMs);
    };
    session = new SiteSession(plan, { send: speaker.send, end });
    void session.start();
  });
  if (session === undefined)
    throw new PrivacyError("invalid_state", "a session was wanted", { object: "client", state: "none" });
  return { session, cause };
}

export function channelOptions(address: string): Record<string, number> {
  return {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc-node.flow_control_window": flowControlWindow,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 60_000,
    // a retry is ours to make; the channel's own would keep every message of the stream
    "grpc.enable_retries": 0,
    // one stream, one connection: a channel shared with another client would share its fate
    "grpc.use_local_subchannel_pool": 1,
    ...(isLoopback(address) ? { "grpc.enable_http_proxy": 0 } : {}),
  };
}

/** Waits, but not for ever. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
  if (signal?.aborted === true) throw aborted();
}

/** What no retry can cure: a server that speaks something else. */
function isHopeless(cause: ServiceError | null): boolean {
  if (cause === null) return false;
  const code: number = cause.code;
  if (code === grpcStatus.unavailable) return /wrong version number/i.test(cause.message);
  return code === grpcStatus.invalidArgument || code === grpcStatus.unimplemented;
}

export function unreachable(address: string, tries: number, cause: ServiceError | null): PrivacyError<"unreachable"> {
  const last = cause === null ? "no answer" : plainText(cause.details.replace(/ Resolution note:\s*$/, ""), 300);
  const text = `a coordinator was wanted at ${address} and none answered in ${tries} tries (${last}); start it, or check address and tls`;
  return new PrivacyError("unreachable", text, { address }, { cause });
}

function aborted(): PrivacyError<"aborted"> {
  const text = "the site left the run because its caller aborted; what was spent is in its ledger";
  return new PrivacyError("aborted", text, { phase: "federated client" });
}
