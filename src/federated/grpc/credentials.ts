import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import { PrivacyError, invalidArgument } from "../../core/index.ts";

/** PEM files of a server's certificate chain and private key. */
export interface ServerTls {
  readonly certPath: string;
  readonly keyPath: string;
}

/** PEM file of the certificate authority that signed the server's certificate. */
export interface ClientTls {
  readonly caPath: string;
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const text = `a PEM file was wanted at ${path} and could not be read; check the path and its permissions`;
    throw new PrivacyError("file_unreadable", text, { path, reason: "not readable" }, { cause });
  }
}

/** True for addresses that do not leave the machine. */
export function isLoopback(address: string): boolean {
  // a list of addresses may name others behind the first
  if (address.includes(",")) return false;
  return /^(unix:|localhost(:|$)|127\.\d+\.\d+\.\d+(:|$)|\[::1\](:|$)|(ipv4:127\.)|(ipv6:\[::1\]))/.test(address);
}

function unusable(expected: string, cause: unknown): PrivacyError<"invalid_argument"> {
  const text = `tls must name ${expected}, got files that are none; check which file is which`;
  return new PrivacyError("invalid_argument", text, { argument: "tls", expected }, { cause });
}

function refusePlaintext(address: string, isAllowed: boolean): void {
  if (isAllowed || isLoopback(address)) return;
  throw invalidArgument(
    "tls",
    `given for ${address}`,
    undefined,
    "updates would cross a network in clear; or say plaintext: true",
  );
}

/** @throws PrivacyError `file_unreadable`; `invalid_argument` for a clear-text server beyond loopback, or an unusable certificate. */
export function serverCredentials(address: string, tls: ServerTls | undefined, plaintext: boolean): ServerCredentials {
  if (tls === undefined) {
    refusePlaintext(address, plaintext);
    return ServerCredentials.createInsecure();
  }
  const pair = { cert_chain: readPem(tls.certPath), private_key: readPem(tls.keyPath) };
  try {
    createSecureContext({ cert: pair.cert_chain, key: pair.private_key });
  } catch (cause) {
    // said here, or the address would be blamed when it is bound; the cause holds no key
    throw unusable("a PEM certificate and the private key that belongs to it", cause);
  }
  return ServerCredentials.createSsl(null, [pair], false);
}

/** @throws PrivacyError `file_unreadable`; `invalid_argument` for a clear-text client beyond loopback, or a file without a certificate. */
export function clientCredentials(address: string, tls: ClientTls | undefined, plaintext: boolean): ChannelCredentials {
  if (tls === undefined) {
    refusePlaintext(address, plaintext);
    return ChannelCredentials.createInsecure();
  }
  const ca = readPem(tls.caPath);
  try {
    // a file without a certificate would be taken for "trust nobody"
    void new X509Certificate(ca);
  } catch (cause) {
    throw unusable("the PEM certificate of an authority", cause);
  }
  return ChannelCredentials.createSsl(ca);
}
