import { type KeyObject, type X509Certificate, createPublicKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Extension } from "@peculiar/x509";
import { PrivacyError } from "../../core/index.ts";
import { isSiteName } from "../messages.ts";

const algorithm = { name: "Ed25519" };
const crypto = webcrypto;
/** A certificate begins a little in the past: clocks of different houses differ. */
const clockSlackMs = 5 * 60_000;
const dayMs = 86_400_000;
const sitePrefix = "sordino:site:";

/** The name of the authority and of the coordinator in their certificates. */
export const authorityName: string = "Sordino federation authority";
export const coordinatorUri: string = "sordino:coordinator";

type X509 = typeof import("@peculiar/x509");

/** Only who issues certificates needs this library, which takes more memory than the rest of the package. */
async function loadX509(): Promise<X509> {
  await import("reflect-metadata");
  return await import("@peculiar/x509");
}

/** What a certificate is for. */
export type CertificateRole =
  | { readonly kind: "authority" }
  | { readonly kind: "server"; readonly names: readonly string[]; readonly addresses: readonly string[] }
  | { readonly kind: "coordinator" }
  | { readonly kind: "site"; readonly site: string };

export interface IssueOptions {
  readonly role: CertificateRole;
  readonly publicKey: KeyObject;
  /** The authority's; for its own certificate the pair of `publicKey`. Ed25519. */
  readonly signingKey: KeyObject;
  readonly days: number;
  readonly now: Date;
}

async function webKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const isPrivate = key.type === "private";
  const der = key.export(isPrivate ? { type: "pkcs8", format: "der" } : { type: "spki", format: "der" });
  const usages: webcrypto.KeyUsage[] = isPrivate ? ["sign"] : ["verify"];
  return await crypto.subtle.importKey(isPrivate ? "pkcs8" : "spki", der, algorithm, true, usages);
}

function commonName(role: CertificateRole): string {
  switch (role.kind) {
    case "authority":
      return authorityName;
    case "server":
      return role.names[0] ?? role.addresses[0] ?? "coordinator";
    case "coordinator":
      return "coordinator";
    case "site":
      return role.site;
  }
}

/** RFC 5280, section 4.2.1: what the holder is called and what the key may do; nothing else. */
function extensionsOf(x509: X509, role: CertificateRole): Extension[] {
  const { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension } = x509;
  const { KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension } = x509;
  const leaf = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  ];
  const uri = (value: string): Extension => new SubjectAlternativeNameExtension([{ type: "url", value }]);
  switch (role.kind) {
    case "authority":
      return [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ];
    case "server": {
      const names = role.names.map((value) => ({ type: "dns" as const, value }));
      const addresses = role.addresses.map((value) => ({ type: "ip" as const, value }));
      const purpose = new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], true);
      return [...leaf, purpose, new SubjectAlternativeNameExtension([...names, ...addresses])];
    }
    case "coordinator":
      // signs instructions and models; opens no connection
      return [...leaf, uri(coordinatorUri)];
    case "site":
      return [...leaf, new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth], true), uri(sitePrefix + role.site)];
  }
}

/**
 * Issues one certificate, as PEM.
 *
 * @source RFC 5280 (X.509 profile); RFC 8410 (Ed25519 in X.509).
 */
export async function issueCertificate(options: IssueOptions): Promise<string> {
  const { role, publicKey, signingKey, days, now } = options;
  const authorityKey = createPublicKey(signingKey);
  const x509 = await loadX509();
  const issued = await x509.X509CertificateGenerator.create(
    {
      // positive, and never the same twice
      serialNumber: `40${randomBytes(15).toString("hex")}`,
      subject: [{ CN: [commonName(role)] }],
      issuer: [{ CN: [authorityName] }],
      notBefore: new Date(now.getTime() - clockSlackMs),
      notAfter: new Date(now.getTime() + days * dayMs),
      publicKey: await webKey(publicKey),
      signingKey: await webKey(signingKey),
      signingAlgorithm: algorithm,
      extensions: [
        ...extensionsOf(x509, role),
        await x509.SubjectKeyIdentifierExtension.create(await webKey(publicKey), false, crypto),
        await x509.AuthorityKeyIdentifierExtension.create(await webKey(authorityKey), false, crypto),
      ],
    },
    crypto,
  );
  return `${issued.toString("pem")}\n`;
}

/** A site's wish for a certificate, signed by the key that it is for (PKCS #10, RFC 2986), as PEM. */
export async function createRequest(site: string, privateKey: KeyObject): Promise<string> {
  const keys = { privateKey: await webKey(privateKey), publicKey: await webKey(createPublicKey(privateKey)) };
  const { Pkcs10CertificateRequestGenerator } = await loadX509();
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: [{ CN: [site] }], keys, signingAlgorithm: algorithm },
    crypto,
  );
  return `${request.toString("pem")}\n`;
}

/**
 * Reads a request. Of what a stranger put into it only the name and the key are used.
 *
 * @throws PrivacyError `identity_refused` (certificate) unless it is one, for Ed25519, signed by its own key, with the
 *   name of a site.
 */
export async function readRequest(pem: string): Promise<{ readonly site: string; readonly publicKey: KeyObject }> {
  const { Pkcs10CertificateRequest, PublicKey } = await loadX509();
  try {
    const request = new Pkcs10CertificateRequest(pem);
    const names = request.subjectName.getField("CN");
    const [site] = names;
    const publicKey = createPublicKey({
      key: Buffer.from(new PublicKey(request.publicKey.rawData).rawData),
      format: "der",
      type: "spki",
    });
    if (publicKey.asymmetricKeyType !== "ed25519" || names.length !== 1 || !isSiteName(site)) throw new Error("fields");
    if (!(await request.verify(crypto))) throw new Error("signature");
    return { site, publicKey };
  } catch (cause) {
    const text =
      "a certificate request was wanted, for a site's name and an Ed25519 key and signed by it, and the file is none; let the site make one with `sordino federated request`";
    throw new PrivacyError("identity_refused", text, { check: "certificate", peer: "request" }, { cause });
  }
}

/** The entries of a certificate's subject alternative name, of one type. Node quotes what could be mistaken. */
function alternativeNames(certificate: X509Certificate, type: string): string[] {
  const entries = (certificate.subjectAltName ?? "").split(", ");
  return entries.filter((e) => e.startsWith(`${type}:`)).map((e) => e.slice(type.length + 1));
}

/** The site that a certificate names, or null: exactly one URI, and of our form. */
export function siteOfCertificate(certificate: X509Certificate): string | null {
  const [uri = "", ...others] = alternativeNames(certificate, "URI");
  const site = others.length === 0 && uri.startsWith(sitePrefix) ? uri.slice(sitePrefix.length) : null;
  return isSiteName(site) ? site : null;
}

/** Whether a certificate is the coordinator's for signing. */
export function isCoordinatorCertificate(certificate: X509Certificate): boolean {
  const uris = alternativeNames(certificate, "URI");
  return uris.length === 1 && uris[0] === coordinatorUri;
}

/** DNS names and IP addresses apart, each checked. @throws PrivacyError `invalid_argument`. */
export function splitHosts(hosts: readonly string[]): { names: string[]; addresses: string[] } {
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return { names: hosts.filter((host) => isIP(host) === 0), addresses };
}
