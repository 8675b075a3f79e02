import { type ClientDuplexStream, type ServiceError, Client } from "@grpc/grpc-js";
import { PrivacyError, invalidArgument } from "../../core/index.ts";
import type { ClientRound, ClientSummary, FederatedClient } from "../client.ts";
import { isWeight } from "../weight.ts";
import { type CoordinatorMessage, type SiteMessage, isSiteName, plainText } from "../messages.ts";
import { type SessionPlan, SiteSession } from "../site-session.ts";
import { grpcStatus } from "../status.ts";
import { maxMessageBytes } from "./codec.ts";
import { converse } from "./conversation.ts";
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
  /** Tries in a row without an answer before `unreachable`; 5, first after 200 ms, then twice as long each time. */
  readonly retry?: { readonly attempts: number; readonly firstDelayMs: number };
  /** A larger model is declined; 4 GiB by default. */
  readonly maxModelBytes?: number;
  /** After each instruction. `error` is for this site's own eyes. */
  readonly onRound?: (round: ClientRound) => void;
  readonly signal?: AbortSignal;
}

/** A coordinator that does not welcome or refuse within this time counts as absent. */
const welcomeWithinMs = 10_000;
/** After the site has left, the coordinator gets this long to close the stream. */
const farewellMs = 1_000;
/** When the caller aborts, the site's own code gets this long to end. */
const settleWithinMs = 10_000;

/**
 * Joins a run as one site and stays until the coordinator ends it. What the callbacks return is all that leaves: the
 * parameters, the step count and the epsilon of `fit`, and the metrics of `evaluate` where `evaluation` is "public".
 * An error in a callback declines the instruction and keeps the site in the run; its text stays here. A broken stream is
 * joined again, and the round that it broke in is not trained again.
 *
 * @throws PrivacyError `unreachable` after bounded retries; `protocol_violation` when the coordinator refuses the site or
 *   breaks the protocol; `invalid_argument` naming the option; `aborted`; and whatever `client.prepare` throws.
 */
export async function startClient(options: ClientOptions): Promise<ClientSummary> {
  const plan = parseOptions(options);
  const { attempts, firstDelayMs } = options.retry ?? { attempts: 5, firstDelayMs: 200 };
  const rounds: ClientRound[] = [];
  let runId: string | null = null;
  let failures = 0;
  for (;;) {
    const expectedRunId: string | null = runId;
    const { session, cause } = await attendOnce(options, { ...plan, expectedRunId }, rounds);
    if (options.signal?.aborted === true) throw aborted();
    if (session.outcome?.kind === "failed") throw session.outcome.error;
    if (session.outcome?.kind === "stopped" && session.runId !== null) {
      return Object.freeze({ version: "federated-client/v1", runId: session.runId, site: options.site, rounds });
    }
    // a stream that got as far as a welcome starts the count of failures anew
    failures = session.runId === null ? failures + 1 : 1;
    runId = session.runId ?? runId;
    if (failures >= attempts || isHopeless(cause)) throw unreachable(options.address, failures, cause);
    await pause(Math.min(firstDelayMs * 2 ** (failures - 1), 10_000), options.signal);
  }
}

type Call = ClientDuplexStream<SiteMessage, CoordinatorMessage>;

function parseOptions(options: ClientOptions): Omit<SessionPlan, "expectedRunId" | "onRound"> {
  const { site, weight = 1, client, evaluation = "none", maxModelBytes = 4 * 2 ** 30, retry } = options;
  if (!isSiteName(site)) throw invalidArgument("site", "1 to 64 letters, digits, '.', '_' or '-'", site);
  if (!isWeight(weight)) throw invalidArgument("weight", "0 or a number in [2^-20, 2^20]", weight);
  if (retry !== undefined && !(retry.attempts >= 1 && retry.firstDelayMs >= 0)) {
    throw invalidArgument("retry", "attempts >= 1 and firstDelayMs >= 0", `${retry.attempts}, ${retry.firstDelayMs}`);
  }
  for (const method of ["getParameters", "fit", "evaluate"] as const) {
    if (typeof client?.[method] !== "function")
      throw invalidArgument(`client.${method}`, "a function", typeof client?.[method]);
  }
  if (options.signal?.aborted === true) throw aborted();
  return { site, weight, client, maxModelBytes, hasPublicEvaluation: evaluation === "public" };
}

/** One stream from join to its end. */
async function attendOnce(
  options: ClientOptions,
  plan: Omit<SessionPlan, "onRound">,
  rounds: ClientRound[],
): Promise<{ session: SiteSession; cause: ServiceError | null }> {
  const { address, tls, plaintext, signal } = options;
  const channel = new Client(address, clientCredentials(address, tls, plaintext === true), channelOptions(address));
  const { path, requestSerialize, responseDeserialize } = joinMethod;
  const call: Call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const onRound = (round: ClientRound): void => {
    rounds.push(round);
    options.onRound?.(round);
  };
  const cancel = (): void => call.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await converseOnce(call, { ...plan, onRound });
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
    const silence = setTimeout(() => session?.runId === null && call.cancel(), welcomeWithinMs);
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
  // the site's own code must not run twice at once
  await within(session.settled(), settleWithinMs);
  return { session, cause };
}

function channelOptions(address: string): Record<string, number> {
  return {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    "grpc-node.flow_control_window": flowControlWindow,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 60_000,
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

/** What no retry can cure: a certificate that does not verify, a server that speaks something else. */
function isHopeless(cause: ServiceError | null): boolean {
  if (cause === null) return false;
  const code: number = cause.code;
  if (code === grpcStatus.unavailable)
    return /certificate|self-signed|altname|wrong version number/i.test(cause.message);
  return code === grpcStatus.invalidArgument || code === grpcStatus.unimplemented;
}

function unreachable(address: string, tries: number, cause: ServiceError | null): PrivacyError<"unreachable"> {
  const last = cause === null ? "no answer" : plainText(cause.details.replace(/ Resolution note:\s*$/, ""), 300);
  const text = `a coordinator was wanted at ${address} and none answered in ${tries} tries (${last}); start it, or check address and tls`;
  return new PrivacyError("unreachable", text, { address }, { cause });
}

function aborted(): PrivacyError<"aborted"> {
  const text = "the site left the run because its caller aborted; what was spent is in its ledger";
  return new PrivacyError("aborted", text, { phase: "federated client" });
}
