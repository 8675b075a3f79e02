import { type KeyObject, createHash, timingSafeEqual } from "node:crypto";
import { invalidArgument } from "../../core/index.ts";

/**
 * Names a public key: "sha256:" and the SHA-256 (hex) of its SubjectPublicKeyInfo. The same before and after a
 * certificate is issued for it, so that people can read it to one another over the telephone.
 *
 * @source RFC 7469, section 2.4: a pin is the digest of the key, not of the certificate.
 */
export function keyFingerprint(publicKey: KeyObject): string {
  return `sha256:${createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")}`;
}

/**
 * Reads a fingerprint as people type it: with or without "sha256:", colons and spaces, in either case.
 *
 * @throws PrivacyError `invalid_argument` unless 64 hex digits remain: a shortened fingerprint identifies nobody.
 */
export function parseFingerprint(text: string, argument = "fingerprint"): string {
  const digits = text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, "")
    .replaceAll(/[:\s]/g, "");
  if (!/^[0-9a-f]{64}$/.test(digits)) {
    throw invalidArgument(argument, "a whole SHA-256 fingerprint, 64 hex digits", text, "read all of it, not its ends");
  }
  return `sha256:${digits}`;
}

/** Whether two parsed fingerprints are the same. */
export function isSameFingerprint(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
