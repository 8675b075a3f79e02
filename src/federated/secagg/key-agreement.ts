import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
} from "node:crypto";

/** DER of an X25519 key is a fixed head and 32 bytes. RFC 8410, section 7 and 4. */
const privateHead = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicHead = Buffer.from("302a300506032b656e032100", "hex");

export const keyBytes = 32;

/** An X25519 pair; `publicBytes` is what travels, 32 bytes. */
export interface AgreementKey {
  readonly privateKey: KeyObject;
  readonly publicBytes: Uint8Array;
}

/** A fresh pair from the operating system's generator. */
export function createAgreementKey(): AgreementKey {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  return { privateKey, publicBytes: rawPublic(publicKey) };
}

/** The pair of 32 private bytes, as a coordinator rebuilds it from shares. */
export function agreementKeyOf(privateBytes: Uint8Array): AgreementKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([privateHead, privateBytes]),
    format: "der",
    type: "pkcs8",
  });
  return { privateKey, publicBytes: rawPublic(createPublicKey(privateKey)) };
}

export function rawPrivate(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: "der", type: "pkcs8" }).subarray(privateHead.length));
}

/**
 * 32 bytes that the two holders alone can compute, bound to `info` and the round.
 *
 * @throws an Error of node:crypto for a public key of small order: the all-zero secret is refused.
 * @source RFC 7748, section 6.1; RFC 5869.
 */
export function agreeOnKey(privateKey: KeyObject, publicBytes: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  const publicKey = createPublicKey({ key: Buffer.concat([publicHead, publicBytes]), format: "der", type: "spki" });
  return new Uint8Array(hkdfSync("sha256", diffieHellman({ privateKey, publicKey }), salt, info, keyBytes));
}

/** False for 32 bytes of small order: with them every secret is zero. */
export function canAgree(publicBytes: Uint8Array): boolean {
  try {
    agreeOnKey(createAgreementKey().privateKey, publicBytes, new Uint8Array(0), "probe");
    return true;
  } catch {
    return false;
  }
}

function rawPublic(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: "der", type: "spki" }).subarray(publicHead.length));
}
