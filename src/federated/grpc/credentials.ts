import { readFileSync } from "node:fs";
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
  return /^(unix:|localhost(:|$)|127\.\d+\.\d+\.\d+(:|$)|\[::1\](:|$)|(ipv4:127\.)|(ipv6:\[::1\]))/.test(address);
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
  return ServerCredentials.createSsl(null, [pair], false);
}

/** @throws PrivacyError `file_unreadable`; `invalid_argument` for a clear-text client beyond loopback. */
export function clientCredentials(address: string, tls: ClientTls | undefined, plaintext: boolean): ChannelCredentials {
  if (tls === undefined) {
    refusePlaintext(address, plaintext);
    return ChannelCredentials.createInsecure();
  }
  return ChannelCredentials.createSsl(readPem(tls.caPath));
}
