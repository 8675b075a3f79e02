import { type ClientDuplexStream, type Metadata, type ServiceError, Client } from "@grpc/grpc-js";
import { PrivacyError } from "../../core/index.ts";
import { type CoordinatorMessage, type SiteMessage, protocolVersion } from "../messages.ts";
import { type ClientOptions, channelOptions, unreachable } from "./client.ts";
import { clientCredentials } from "./credentials.ts";
import { identityRefusal } from "./identity-refusal.ts";
import { joinMethod } from "./service.ts";

/** What a coordinator shows of its run to a site that takes no seat in it. */
export interface Inspection {
  readonly welcome: CoordinatorMessage & { readonly kind: "welcome" };
  readonly roundTripMs: number;
  /** What the coordinator's clock says, to a second; null when it did not say. */
  readonly serverDate: Date | null;
}

const answerWithinMs = 5_000;

/**
 * Asks a coordinator what it would announce, over the site's own connection and with its own certificate. The site is not
 * counted as present, and is asked for nothing.
 *
 * @throws PrivacyError `identity_refused`; `unreachable`; `protocol_violation` when the coordinator refuses the site or
 *   speaks another version.
 */
export async function inspectRun(
  options: Pick<ClientOptions, "address" | "site" | "tls" | "plaintext">,
): Promise<Inspection> {
  const { address, site, tls, plaintext } = options;
  const channel = new Client(address, clientCredentials(address, tls, plaintext === true), channelOptions(address));
  const { path, requestSerialize, responseDeserialize } = joinMethod;
  const deadline = Date.now() + answerWithinMs;
  const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, { deadline });
  try {
    return await converse(call, site);
  } catch (error) {
    if (error instanceof PrivacyError) throw error;
    const cause = error as ServiceError;
    throw identityRefusal(cause, address) ?? unreachable(address, 1, cause);
  } finally {
    call.cancel();
    channel.close();
  }
}

async function converse(call: ClientDuplexStream<SiteMessage, CoordinatorMessage>, site: string): Promise<Inspection> {
  const started = performance.now();
  let serverDate: Date | null = null;
  call.on("metadata", (metadata: Metadata) => {
    const [date] = metadata.get("date");
    if (typeof date === "string" && !Number.isNaN(Date.parse(date))) serverDate = new Date(date);
  });
  const answer = await new Promise<CoordinatorMessage>((resolve, reject) => {
    call.on("data", resolve);
    // after an answer it is only the end of what was asked for
    call.on("error", reject);
    call.on("end", () => reject(refused("the stream ended without an answer")));
    call.write({ kind: "join", protocolVersion, site, capabilities: ["inspect"], weight: 1, held: null });
  });
  if (answer.kind === "reject") throw refused(answer.text);
  if (answer.kind !== "welcome" || answer.protocolVersion !== protocolVersion)
    throw refused("it speaks another protocol");
  return { welcome: answer, roundTripMs: performance.now() - started, serverDate };
}

function refused(text: string): PrivacyError<"protocol_violation"> {
  const message = `the coordinator was asked what it would announce and did not say: ${text}`;
  return new PrivacyError("protocol_violation", message, { rule: "inspect", round: 0 });
}
