import { type X509Certificate, createPublicKey } from "node:crypto";
import { chmodSync, existsSync, readdirSync, renameSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { invalidArgument, parsePositiveInteger } from "../../core/index.ts";
import { writeWhole } from "../../ledger/index.ts";
import { isSiteName } from "../messages.ts";
import { createRequest, issueCertificate, readRequest, splitHosts } from "./certificate.ts";
import { isSameFingerprint, keyFingerprint, parseFingerprint } from "./fingerprint.ts";
import {
  certificateFault,
  createKeyFile,
  identityRefused,
  readCertificate,
  readPem,
  readPrivateKey,
  writeNew,
} from "./identity-file.ts";
import { type Revocation, RevocationList } from "./revocation.ts";

/** Where an authority keeps what; private keys have mode 0600. */
export interface AuthorityFiles {
  readonly caCert: string;
  readonly caKey: string;
  readonly serverCert: string;
  readonly serverKey: string;
  /** Signs instructions and models. */
  readonly coordinatorCert: string;
  readonly coordinatorKey: string;
  readonly revoked: string;
  /** One folder per site with what is sent to it. */
  readonly sites: string;
}

export function authorityFiles(dir: string): AuthorityFiles {
  return {
    caCert: join(dir, "ca.pem"),
    caKey: join(dir, "ca.key"),
    serverCert: join(dir, "server.pem"),
    serverKey: join(dir, "server.key"),
    coordinatorCert: join(dir, "coordinator.pem"),
    coordinatorKey: join(dir, "coordinator.key"),
    revoked: join(dir, "revoked.json"),
    sites: join(dir, "sites"),
  };
}

const authorityDays = 3650;
/** Long enough for a study, short enough that a forgotten key ends by itself. */
const defaultDays = 360;

export interface InitOptions {
  readonly dir: string;
  /** DNS names and IP addresses that sites connect to; at least one. */
  readonly hosts: readonly string[];
  /** How long the server's certificate is good; 360 by default. */
  readonly days?: number;
  readonly now?: Date;
}

export interface Authority {
  readonly files: AuthorityFiles;
  /** Of the authority's key: sites compare it out of band before they trust anything. */
  readonly fingerprint: string;
}

function parseDays(days: number | undefined): number {
  const parsed = parsePositiveInteger(days ?? defaultDays, "days");
  if (parsed > authorityDays) throw invalidArgument("days", `at most ${authorityDays}`, parsed);
  return parsed;
}

function parseHosts(hosts: readonly string[]): { names: string[]; addresses: string[] } {
  const wrong = hosts.find((h) => isIP(h) === 0 && !/^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/i.test(h));
  if (hosts.length === 0 || wrong !== undefined) {
    throw invalidArgument("hosts", "one or more DNS names or IP addresses that sites connect to", wrong ?? "none");
  }
  return splitHosts(hosts);
}

/**
 * Makes a federation's authority: its key and certificate, the server's, and the pair that signs instructions.
 *
 * @throws PrivacyError `output_occupied` when the folder holds an authority: its key is never overwritten;
 *   `invalid_argument`; `file_unreadable`.
 */
export async function initAuthority(options: InitOptions): Promise<Authority> {
  const { dir, now = new Date() } = options;
  const [hosts, days] = [parseHosts(options.hosts), parseDays(options.days)];
  const files = authorityFiles(dir);
  // first of all: a second init stops here, before anything is made
  const signingKey = createKeyFile(files.caKey);
  chmodSync(dir, 0o700);
  const publicKey = createPublicKey(signingKey);
  const ca = await issueCertificate({ role: { kind: "authority" }, publicKey, signingKey, days: authorityDays, now });
  writeNew(files.caCert, ca, false);
  for (const [keyPath, certPath, role] of [
    [files.serverKey, files.serverCert, { kind: "server", ...hosts }],
    [files.coordinatorKey, files.coordinatorCert, { kind: "coordinator" }],
  ] as const) {
    const key = createPublicKey(createKeyFile(keyPath));
    const life = role.kind === "server" ? days : authorityDays;
    writeNew(certPath, await issueCertificate({ role, publicKey: key, signingKey, days: life, now }), false);
  }
  RevocationList.write(files.revoked, []);
  return Object.freeze({ files, fingerprint: keyFingerprint(publicKey) });
}

/**
 * A new server certificate for the same authority: other names, or because the old one ends. The key is made anew.
 *
 * @throws PrivacyError as `initAuthority`.
 */
export async function renewServer(options: InitOptions): Promise<void> {
  const { dir, now = new Date() } = options;
  const [hosts, days, files] = [parseHosts(options.hosts), parseDays(options.days), authorityFiles(dir)];
  const signingKey = readPrivateKey(files.caKey);
  const draft = `${files.serverKey}.${process.pid}.new`;
  const publicKey = createPublicKey(createKeyFile(draft));
  const pem = await issueCertificate({ role: { kind: "server", ...hosts }, publicKey, signingKey, days, now });
  writeWhole(files.serverCert, pem);
  renameSync(draft, files.serverKey);
}

export interface SiteRequest {
  readonly site: string;
  readonly requestPath: string;
  readonly keyPath: string;
  readonly fingerprint: string;
}

/**
 * What a site does: makes its own key, which never leaves the folder, and a request that may travel by mail.
 *
 * @throws PrivacyError `output_occupied` when the folder holds a key; `invalid_argument`; `file_unreadable`.
 */
export async function requestIdentity(options: { readonly dir: string; readonly site: string }): Promise<SiteRequest> {
  const { dir, site } = options;
  if (!isSiteName(site)) throw invalidArgument("site", "1 to 64 letters, digits, '.', '_' or '-'", site);
  const [keyPath, requestPath] = [join(dir, "site.key"), join(dir, "site.csr")];
  const privateKey = createKeyFile(keyPath);
  writeNew(requestPath, await createRequest(site, privateKey), false);
  return Object.freeze({ site, requestPath, keyPath, fingerprint: keyFingerprint(createPublicKey(privateKey)) });
}

export interface ApproveOptions {
  /** Folder of the authority. */
  readonly dir: string;
  readonly requestPath: string;
  /** What the site read out over another channel; undefined: nothing is issued. */
  readonly fingerprint: string;
  readonly days?: number;
  /** True: the site has a new key, and every earlier one of it is revoked. */
  readonly isRotation?: boolean;
  readonly now?: Date;
}

export interface Approval {
  readonly site: string;
  readonly fingerprint: string;
  /** Folder with site.pem, ca.pem and coordinator.pem: nothing in it is secret. */
  readonly folder: string;
  readonly notAfter: string;
  readonly revoked: readonly string[];
}

/** What a request asks for; issues nothing. @throws PrivacyError `identity_refused`; `file_unreadable`. */
export async function inspectRequest(path: string): Promise<{ readonly site: string; readonly fingerprint: string }> {
  const { site, publicKey } = await readRequest(readPem(path));
  return { site, fingerprint: keyFingerprint(publicKey) };
}

/**
 * Issues a site's certificate, when the fingerprint that came over another channel is that of the request.
 *
 * @throws PrivacyError `identity_refused`: fingerprint when they differ, revoked when the key was taken back, name when
 *   the site has another key already and this is no rotation; `file_unreadable`; `invalid_argument`.
 */
export async function approveRequest(options: ApproveOptions): Promise<Approval> {
  const { dir, requestPath, now = new Date() } = options;
  const days = parseDays(options.days);
  const claimed = parseFingerprint(options.fingerprint);
  const { site, publicKey } = await readRequest(readPem(requestPath));
  const fingerprint = keyFingerprint(publicKey);
  if (!isSameFingerprint(claimed, fingerprint)) {
    const text = `the request of ${site} must have the fingerprint that the site read out, and has another (${fingerprint}); do not approve it, ask the site by telephone`;
    throw identityRefused("fingerprint", site, text);
  }
  const files = authorityFiles(dir);
  const list = new RevocationList(files.revoked);
  if (list.of(fingerprint) !== undefined) {
    throw identityRefused(
      "revoked",
      site,
      `a key of ${site} was revoked and must not be approved again; make a new one`,
    );
  }
  const others = keysOf(files, site).filter((f) => f !== fingerprint && list.of(f) === undefined);
  if (others.length > 0 && options.isRotation !== true) {
    const text = `${site} has a certificate for another key (${others.join(", ")}); say that this is a rotation to revoke that one, or refuse the request`;
    throw identityRefused("name", site, text);
  }
  const signingKey = readPrivateKey(files.caKey);
  const pem = await issueCertificate({ role: { kind: "site", site }, publicKey, signingKey, days, now });
  const folder = join(files.sites, site);
  writeWhole(join(folder, "issued", `${fingerprint.slice("sha256:".length)}.pem`), pem);
  writeWhole(join(folder, "site.pem"), pem);
  for (const name of ["ca.pem", "coordinator.pem"]) writeWhole(join(folder, name), readPem(join(dir, name)));
  for (const old of others) list.add({ site, fingerprint: old, at: now.toISOString(), reason: "rotated" });
  const notAfter = new Date(now.getTime() + days * 86_400_000).toISOString();
  return Object.freeze({ site, fingerprint, folder, notAfter, revoked: others });
}

/** Fingerprints of every key that a site was given a certificate for. */
function keysOf(files: AuthorityFiles, site: string): string[] {
  const folder = join(files.sites, site, "issued");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => keyFingerprint(readCertificate(join(folder, name)).publicKey));
}

/**
 * Takes back every key of a site, or one. A run that is under way ends its session within a second.
 *
 * @throws PrivacyError `invalid_argument` when there is nothing to revoke; `file_unreadable`.
 */
export function revokeSite(options: {
  readonly dir: string;
  readonly site: string;
  readonly fingerprint?: string;
  readonly reason?: string;
  readonly now?: Date;
}): readonly Revocation[] {
  const { dir, site, reason = "revoked", now = new Date() } = options;
  if (!isSiteName(site)) throw invalidArgument("site", "the name of a site", site);
  const files = authorityFiles(dir);
  const list = new RevocationList(files.revoked);
  const only = options.fingerprint === undefined ? null : parseFingerprint(options.fingerprint);
  const keys = keysOf(files, site).filter((f) => (only === null || f === only) && list.of(f) === undefined);
  if (keys.length === 0) throw invalidArgument("site", "one with a certificate that is not revoked yet", site);
  const revoked = keys.map((fingerprint) => ({ site, fingerprint, at: now.toISOString(), reason }));
  for (const revocation of revoked) list.add(revocation);
  return revoked;
}

/** What an authority's certificate says, checked against itself. */
export function readAuthority(caPath: string): { readonly certificate: X509Certificate; readonly fingerprint: string } {
  const certificate = readCertificate(caPath);
  const fault = certificate.ca ? certificateFault(certificate, certificate, new Date()) : null;
  if (!certificate.ca || fault !== null) {
    const because = fault?.text ?? "it is no authority's certificate";
    throw identityRefused(
      fault?.check ?? "certificate",
      caPath,
      `the authority's certificate ${caPath} is not good: ${because}`,
    );
  }
  return { certificate, fingerprint: keyFingerprint(certificate.publicKey) };
}
