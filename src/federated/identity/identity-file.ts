import { type KeyObject, X509Certificate, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type IdentityCheck, PrivacyError } from "../../core/index.ts";
import { isCoordinatorCertificate, siteOfCertificate } from "./certificate.ts";
import { keyFingerprint } from "./fingerprint.ts";

/** Writes a file that was not there. `isSecret`: for its owner's eyes alone. @throws PrivacyError `output_occupied`. */
export function writeNew(path: string, text: string, isSecret: boolean): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { flag: "wx", mode: isSecret ? 0o600 : 0o644 });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    if (code === "EEXIST") {
      const advice = "nothing is overwritten; move it away, or name another folder";
      throw new PrivacyError("output_occupied", `${path} was to be written and is there already; ${advice}`, { path });
    }
    const details = { path, reason: code };
    throw new PrivacyError("file_unreadable", `${path} was to be written and can not be (${code})`, details, { cause });
  }
}

/** A fresh Ed25519 key, written where nobody else reads it. */
export function createKeyFile(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  writeNew(path, String(privateKey.export({ type: "pkcs8", format: "pem" })), true);
  return privateKey;
}

/** @throws PrivacyError `file_unreadable`. */
export function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const text = `a PEM file was wanted at ${path} and could not be read; check the path and its permissions`;
    throw new PrivacyError("file_unreadable", text, { path, reason: "not readable" }, { cause });
  }
}

export function identityRefused(check: IdentityCheck, peer: string, text: string): PrivacyError<"identity_refused"> {
  return new PrivacyError("identity_refused", text, { check, peer });
}

/** @throws PrivacyError `file_unreadable`; `identity_refused` (certificate) for a file that holds none. */
export function readCertificate(path: string): X509Certificate {
  const pem = readPem(path);
  try {
    return new X509Certificate(pem);
  } catch {
    throw identityRefused("certificate", path, `a PEM certificate was wanted at ${path} and it is none`);
  }
}

/** @throws PrivacyError `file_unreadable`; `identity_refused` for another kind of key, or one that others may read. */
export function readPrivateKey(path: string): KeyObject {
  const pem = readPem(path);
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    const text = `the private key ${path} must be readable by its owner alone, and others can read it; chmod 600 it, and ask for a new certificate if anyone did`;
    throw identityRefused("certificate", path, text);
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // said below; the cause could quote the file
  }
  throw identityRefused("certificate", path, `an Ed25519 private key in PEM was wanted at ${path} and it is none`);
}

/**
 * Why a certificate is not good now, or null: it must be signed by the authority and be inside its dates.
 *
 * @param slackMs - how far this clock may be wrong.
 */
export function certificateFault(
  certificate: X509Certificate,
  authority: X509Certificate,
  now: Date,
): { readonly check: IdentityCheck; readonly text: string } | null {
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) {
    return { check: "issuer", text: "it was not issued by the authority in the ca file" };
  }
  if (now.getTime() < Date.parse(certificate.validFrom)) {
    return { check: "date", text: `it is good from ${certificate.validFrom} only; is this machine's clock right?` };
  }
  if (now.getTime() > Date.parse(certificate.validTo)) {
    return { check: "date", text: `it expired on ${certificate.validTo}; ask the coordinator for a new one` };
  }
  return null;
}

/** Where a site keeps what proves who it is. */
export interface IdentityPaths {
  /** The authority's certificate. */
  readonly caPath: string;
  /** The site's certificate and the private key that never leaves it. */
  readonly certPath: string;
  readonly keyPath: string;
}

/** A site's identity, checked: for TLS, for signing reports, and for other sites to pin in secure aggregation. */
export interface SiteIdentity {
  readonly site: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly fingerprint: string;
  readonly certificate: X509Certificate;
  readonly authority: X509Certificate;
  readonly authorityFingerprint: string;
}

/**
 * Reads and checks a site's own identity before any connection is made, so that its operator hears which check failed
 * and not that a line was dropped.
 *
 * @throws PrivacyError `file_unreadable`; `identity_refused` with the check: certificate, issuer, date or name.
 */
export function readSiteIdentity(paths: IdentityPaths, now: Date = new Date()): SiteIdentity {
  const [authority, certificate] = [readCertificate(paths.caPath), readCertificate(paths.certPath)];
  const privateKey = readPrivateKey(paths.keyPath);
  const site = siteOfCertificate(certificate);
  if (site === null) {
    const text = `a site's certificate was wanted at ${paths.certPath}, and it names no site; take the one that \`sordino federated approve\` wrote`;
    throw identityRefused("name", paths.certPath, text);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    const text = `the certificate ${paths.certPath} is for another key than ${paths.keyPath}; check which file is which`;
    throw identityRefused("certificate", site, text);
  }
  const fault = certificateFault(certificate, authority, now);
  if (fault !== null) {
    throw identityRefused(fault.check, site, `the site's own certificate ${paths.certPath} is not good: ${fault.text}`);
  }
  const publicKey = createPublicKey(privateKey);
  return Object.freeze({
    site,
    privateKey,
    publicKey,
    fingerprint: keyFingerprint(publicKey),
    certificate,
    authority,
    authorityFingerprint: keyFingerprint(authority.publicKey),
  });
}

/**
 * The key that signs a coordinator's instructions, from a certificate that its authority issued for that.
 *
 * @throws PrivacyError `file_unreadable`; `identity_refused`.
 */
export function readCoordinatorKey(path: string, authority: X509Certificate, now: Date = new Date()): KeyObject {
  const certificate = readCertificate(path);
  const fault = certificateFault(certificate, authority, now);
  if (fault !== null) {
    throw identityRefused(
      fault.check,
      "coordinator",
      `the coordinator's certificate ${path} is not good: ${fault.text}`,
    );
  }
  if (!isCoordinatorCertificate(certificate)) {
    const text = `the coordinator's certificate for signing was wanted at ${path}, and it is for something else`;
    throw identityRefused("name", "coordinator", text);
  }
  return certificate.publicKey;
}
