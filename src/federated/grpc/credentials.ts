import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type PeerCertificate, checkServerIdentity, createSecureContext } from "node:tls";
import { ChannelCredentials, ServerCredentials } from "@grpc/grpc-js";
import { PrivacyError, invalidArgument } from "../../core/index.ts";
import { keyFingerprint, parseFingerprint, readAuthority, readSiteIdentity } from "../identity/index.ts";

/** PEM files of a server's certificate chain and private key. */
export interface ServerTls {
  readonly certPath: string;
  readonly keyPath: string;
  /** Sites must prove their names: certificates of this authority, none of which is on the list of what it took back. */
  readonly clients?: { readonly caPath: string; readonly revokedPath: string };
}

/** How a site checks the coordinator, and proves itself to it. */
export interface ClientTls {
  /** PEM file of the certificate authority that signed the server's certificate. */
  readonly caPath: string;
  /** The site's own certificate and key; both or neither. */
  readonly certPath?: string;
  readonly keyPath?: string;
  /** Public keys that may answer: the server's or its authority's, see `keyFingerprint`. Any of the authority's by default. */
  readonly fingerprints?: readonly string[];
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
  if (tls.clients === undefined) return ServerCredentials.createSsl(null, [pair], false);
  readAuthority(tls.clients.caPath);
  return ServerCredentials.createSsl(readPem(tls.clients.caPath), [pair], true);
}

/**
 * @throws PrivacyError `file_unreadable`; `invalid_argument` for a clear-text client beyond loopback, or a file without a
 *   certificate; `identity_refused` when the site's own certificate would be refused anyway.
 */
export function clientCredentials(address: string, tls: ClientTls | undefined, plaintext: boolean): ChannelCredentials {
  if (tls === undefined) {
    refusePlaintext(address, plaintext);
    return ChannelCredentials.createInsecure();
  }
  const ca = readPem(tls.caPath);
  let authority: X509Certificate;
  try {
    // a file without a certificate would be taken for "trust nobody"
    authority = new X509Certificate(ca);
  } catch (cause) {
    throw unusable("the PEM certificate of an authority", cause);
  }
  const options = { checkServerIdentity: serverCheck(tls.fingerprints, authority) };
  const { caPath, certPath, keyPath } = tls;
  if (certPath === undefined || keyPath === undefined) {
    if (certPath !== keyPath) throw unusable("the site's certificate and its key, both or neither", undefined);
    return ChannelCredentials.createSsl(ca, null, null, options);
  }
  readSiteIdentity({ caPath, certPath, keyPath });
  return ChannelCredentials.createSsl(ca, readPem(keyPath), readPem(certPath), options);
}

/** What is checked of a server besides its chain: its name, and that one of the pinned keys is behind it. */
function serverCheck(
  fingerprints: readonly string[] | undefined,
  authority: X509Certificate,
): (host: string, certificate: PeerCertificate) => Error | undefined {
  const pins = fingerprints?.map((f) => parseFingerprint(f, "tls.fingerprints"));
  return (host, certificate) => {
    const fault = checkServerIdentity(host, certificate);
    // the chain ends at this authority and no other: it is the only one that is trusted
    if (fault !== undefined || pins === undefined || pins.includes(keyFingerprint(authority.publicKey))) return fault;
    const presented = keyFingerprint(new X509Certificate(certificate.raw).publicKey);
    return pins.includes(presented) ? undefined : new Error(`fingerprint ${presented} is not one that the site pinned`);
  };
}
