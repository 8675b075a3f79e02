import { type KeyObject, createHash, sign, verify } from "node:crypto";
import type { Dispute } from "./settle-disputes.ts";

/** First message of a site: its two public keys for this round and a commitment to its self-mask, signed by its identity. */
export interface Advertisement {
  readonly site: string;
  /** X25519, 32 bytes: the key that seals shares to this site. */
  readonly boxKey: Uint8Array;
  /** X25519, 32 bytes: the key that pair masks are agreed with. */
  readonly maskKey: Uint8Array;
  /** SHA-256 of the round digest and the seed of the self-mask: a wrong share is noticed instead of summed. */
  readonly seedDigest: Uint8Array;
  /** Ed25519 over round and all of the above, 64 bytes. */
  readonly signature: Uint8Array;
}

/** The shares of one site's two secrets for one other site; only the latter can open it. */
export interface SealedShares {
  readonly from: string;
  readonly to: string;
  readonly box: Uint8Array;
}

/** A site's signed word that what another sealed for it does not open. */
export interface Complaint {
  readonly accused: string;
  /** Ed25519 by the complaining site over the round, both names and the digest of the box, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A site's signature over who sent a masked vector, and over the keys that everybody was shown. */
export interface Attestation {
  readonly site: string;
  readonly signature: Uint8Array;
}

/** A site's last message: for each survivor a share of its self-mask's seed, for each dropped site a share of its mask key. */
export interface Disclosure {
  readonly site: string;
  readonly seedShares: ReadonlyMap<string, Uint8Array>;
  readonly keyShares: ReadonlyMap<string, Uint8Array>;
}

export function commitToSeed(round: Uint8Array, seed: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update("sordino-seed/v1").update(round).update(seed).digest());
}

export function signAdvertisement(
  round: Uint8Array,
  content: Omit<Advertisement, "signature">,
  identity: KeyObject,
): Advertisement {
  return { ...content, signature: new Uint8Array(sign(null, advertisementBytes(round, content), identity)) };
}

export function holdsAdvertisement(round: Uint8Array, advertisement: Advertisement, identity: KeyObject): boolean {
  const { boxKey, maskKey, seedDigest, signature } = advertisement;
  if ([boxKey, maskKey, seedDigest].some(({ length }) => length !== 32) || signature.length !== 64) return false;
  return verify(null, advertisementBytes(round, advertisement), identity, signature);
}

/** What a complaint says, for whoever has no box: enough to hold its site to it. */
export interface SignedDispute extends Dispute {
  /** SHA-256 of the round, see `roundDigest`. */
  readonly roundDigest: Uint8Array;
  /** SHA-256 of the box. */
  readonly boxDigest: Uint8Array;
  /** Ed25519 by `site`, 64 bytes. */
  readonly signature: Uint8Array;
}

/** @param sealed - the box that does not open, as it came. */
export function signComplaint(round: Uint8Array, sealed: SealedShares, identity: KeyObject): Complaint {
  const signature = new Uint8Array(sign(null, complaintBytes(disputeOf(round, sealed)), identity));
  return { accused: sealed.from, signature };
}

export function disputeOf(roundDigest: Uint8Array, { from, to, box }: SealedShares): Omit<SignedDispute, "signature"> {
  const boxDigest = new Uint8Array(createHash("sha256").update(box).digest());
  return { site: to, accused: from, roundDigest, boxDigest };
}

/** True when `site` signed that this very box does not open. A third party needs no more than an entry of the coordinator's trail. */
export function holdsDispute(dispute: SignedDispute, identity: KeyObject): boolean {
  return dispute.signature.length === 64 && verify(null, complaintBytes(dispute), identity, dispute.signature);
}

/** What survivors sign: the round, the digest of all advertisements that the site was shown, and the survivors. */
export function signSurvivors(statement: SurvivorStatement, identity: KeyObject): Uint8Array {
  return new Uint8Array(sign(null, survivorBytes(statement), identity));
}

export function holdsSurvivors(statement: SurvivorStatement, signature: Uint8Array, identity: KeyObject): boolean {
  return signature.length === 64 && verify(null, survivorBytes(statement), identity, signature);
}

export interface SurvivorStatement {
  readonly round: Uint8Array;
  readonly advertisements: Uint8Array;
  readonly survivors: readonly string[];
}

/** Order does not count: advertisements are hashed by ascending site id. */
export function digestAdvertisements(advertisements: Iterable<Advertisement>): Uint8Array {
  const hash = createHash("sha256").update("sordino-advertisements/v1");
  const bySite = [...advertisements].toSorted((a, b) => (a.site < b.site ? -1 : 1));
  for (const { site, boxKey, maskKey, seedDigest } of bySite) {
    hash.update(JSON.stringify([site, hex(boxKey), hex(maskKey), hex(seedDigest)]));
  }
  return new Uint8Array(hash.digest());
}

/** The first word keeps one kind of statement from passing for another. */
function advertisementBytes(round: Uint8Array, content: Omit<Advertisement, "signature">): Buffer {
  const { site, boxKey, maskKey, seedDigest } = content;
  return Buffer.from(
    JSON.stringify(["sordino-advertisement/v1", hex(round), site, hex(boxKey), hex(maskKey), hex(seedDigest)]),
  );
}

function complaintBytes({ site, accused, roundDigest, boxDigest }: Omit<SignedDispute, "signature">): Buffer {
  return Buffer.from(JSON.stringify(["sordino-box-complaint/v1", hex(roundDigest), site, accused, hex(boxDigest)]));
}

function survivorBytes({ round, advertisements, survivors }: SurvivorStatement): Buffer {
  return Buffer.from(JSON.stringify(["sordino-survivors/v1", hex(round), hex(advertisements), survivors.toSorted()]));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
