import { type KeyObject, generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** PEM files of a self-signed certificate and its key. */
export interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** One DER value: tag, length, content (X.690, 8.1). */
function der(tag: number, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((c) => (typeof c === "string" ? Buffer.from(c) : c)));
  const long = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...long]), body]);
}

const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

/** RFC 5280, section 4.1: version 3, one common name, one DNS name. */
function certificate(host: string, keys: { publicKey: KeyObject; privateKey: KeyObject }): Buffer {
  const name = sequence(der(0x31, sequence(oid("550403"), der(0x0c, host))));
  const validity = sequence(der(0x17, "200101000000Z"), der(0x17, "491231235959Z"));
  const dnsNames = sequence(oid("551d11"), der(0x04, sequence(der(0x82, host))));
  const isAuthority = sequence(oid("551d13"), der(0x04, sequence(der(0x01, Buffer.from([0xff])))));
  const spki = keys.publicKey.export({ type: "spki", format: "der" });
  const serial = der(0x02, Buffer.from([1]));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const extensions = der(0xa3, sequence(dnsNames, isAuthority));
  const body = sequence(version, serial, ecdsaWithSha256, name, validity, name, spki, extensions);
  const signature = sign("sha256", body, keys.privateKey);
  return sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
}

/** Writes a fresh certificate for `host`, its own authority, and its key. */
export function writeCertificate(dir: string, host: string, stem: string): CertificateFiles {
  const keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const [certPath, keyPath] = [join(dir, `${stem}.pem`), join(dir, `${stem}.key`)];
  const base64 = certificate(host, keys).toString("base64").replaceAll(/.{64}/g, "$&\n");
  writeFileSync(certPath, `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
  writeFileSync(keyPath, keys.privateKey.export({ type: "pkcs8", format: "pem" }));
  return { certPath, keyPath };
}
