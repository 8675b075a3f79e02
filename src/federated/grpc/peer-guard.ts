import { X509Certificate } from "node:crypto";
import { Metadata, type ServerDuplexStream, type Server } from "@grpc/grpc-js";
import { type IdentityCheck, PrivacyError, isPrivacyError } from "../../core/index.ts";
import type { SitePeer } from "../epsilon-report.ts";
import {
  RevocationList,
  certificateFault,
  identityRefused,
  keyFingerprint,
  readCertificate,
  siteOfCertificate,
} from "../identity/index.ts";
import { statusOf } from "../status.ts";
import type { ServerTls } from "./credentials.ts";

/** What is used of a call. */
type Call = Pick<ServerDuplexStream<unknown, unknown>, "getAuthContext" | "emit" | "once" | "writableEnded">;

/** The trailer that tells a site which check failed. */
export const checkTrailer = "sordino-check";
const lookEveryMs = 500;

/** Ends a call with the status that stands for an error, and the check that failed in its trailer. */
export function refuseCall(call: Pick<Call, "emit" | "writableEnded">, error: PrivacyError): void {
  if (call.writableEnded) return;
  const metadata = new Metadata();
  if (isPrivacyError(error) && error.code === "identity_refused") metadata.set(checkTrailer, error.details.check);
  call.emit("error", { code: statusOf[error.code], details: error.message, metadata });
}

/**
 * Knows who is at the other end of each call: TLS has checked the chain and the dates at the handshake; this reads the
 * name, looks at what was revoked, and looks again every half second as long as the call lasts.
 */
export class PeerGuard {
  readonly #revoked: RevocationList;
  readonly #authority: X509Certificate;
  readonly #calls = new Map<Call, X509Certificate>();
  readonly #timer: NodeJS.Timeout;
  readonly #refused: (error: PrivacyError<"identity_refused">) => void;

  /** @param refused - told of every refusal, for the audit trail. */
  constructor(clients: NonNullable<ServerTls["clients"]>, refused: (error: PrivacyError<"identity_refused">) => void) {
    this.#revoked = new RevocationList(clients.revokedPath);
    this.#authority = readCertificate(clients.caPath);
    this.#refused = refused;
    // an unreadable list is said before anybody is waited for
    this.#revoked.all();
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  /** Who calls, or undefined after the call was refused. */
  admit(call: Call): SitePeer | undefined {
    try {
      const raw = call.getAuthContext()?.sslPeerCertificate?.raw;
      if (raw === undefined)
        throw identityRefused("certificate", "unknown", "a site's certificate was wanted and none was given");
      const certificate = new X509Certificate(raw);
      const peer = this.#check(certificate);
      this.#calls.set(call, certificate);
      call.once("close", () => this.#calls.delete(call));
      return peer;
    } catch (error) {
      this.#refuse(call, error);
      return undefined;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(certificate: X509Certificate): SitePeer {
    const site = siteOfCertificate(certificate);
    if (site === null)
      throw identityRefused("name", "unknown", "a site's certificate was wanted and this one names no site");
    const { publicKey } = certificate;
    const fingerprint = keyFingerprint(publicKey);
    const fault = certificateFault(certificate, this.#authority, new Date());
    if (fault !== null)
      throw identityRefused(fault.check, site, `the certificate of ${site} is not good: ${fault.text}`);
    const revocation = this.#revoked.of(fingerprint);
    if (revocation !== undefined) {
      throw identityRefused(
        "revoked",
        site,
        `the key of ${site} was revoked at ${revocation.at} (${revocation.reason}); ask the coordinator`,
      );
    }
    return { site, fingerprint, publicKey };
  }

  #look(): void {
    for (const [call, certificate] of this.#calls) {
      try {
        this.#check(certificate);
      } catch (error) {
        this.#calls.delete(call);
        this.#refuse(call, error);
      }
    }
  }

  #refuse(call: Call, error: unknown): void {
    // a list that can not be read lets nobody in; its path is nobody else's business
    const refusal =
      isPrivacyError(error) && error.code === "identity_refused"
        ? error
        : identityRefused(
            "revoked",
            "unknown",
            "whether a key was revoked can not be told at present, so no site is let in",
          );
    this.#refused(refusal);
    refuseCall(call, refusal);
  }
}

/** What is used of a server's insides; each is looked for before it is used. */
interface ServerInsides {
  commonServerOptions?: Record<string, unknown>;
  createHttp2Server?: (...args: unknown[]) => {
    on?: (
      event: "tlsClientError",
      listener: (error: Error & { code?: string }, socket?: { authorizationError?: string | null }) => void,
    ) => void;
  };
}

const checks: readonly (readonly [RegExp, IdentityCheck])[] = [
  [/EXPIRED|NOT_YET_VALID/, "date"],
  [/ISSUER|SELF_SIGNED|VERIFY|UNTRUSTED|SIGNATURE|PURPOSE/, "issuer"],
  [/REQUIRED|DID_NOT_RETURN/, "certificate"],
];

/**
 * Before a server is bound: TLS 1.3 alone, in which a site's certificate does not cross the network in clear, and word of
 * every handshake that failed.
 */
export function watchHandshakes(server: Server, refused: (error: PrivacyError<"identity_refused">) => void): void {
  const insides = server as unknown as ServerInsides;
  const { createHttp2Server, commonServerOptions } = insides;
  if (typeof commonServerOptions === "object") commonServerOptions["minVersion"] = "TLSv1.3";
  if (typeof createHttp2Server !== "function") return;
  insides.createHttp2Server = (...args) => {
    const http2 = createHttp2Server.apply(server, args);
    http2.on?.("tlsClientError", (error, socket) => {
      const reason = socket?.authorizationError ?? error.code ?? "";
      const check = checks.find(([pattern]) => pattern.test(reason))?.[1];
      if (check !== undefined) refused(identityRefused(check, "unknown", `a TLS handshake failed: ${reason}`));
    });
    return http2;
  };
}
