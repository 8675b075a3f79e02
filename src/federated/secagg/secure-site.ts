import type { KeyObject } from "node:crypto";
import { split } from "shamir-secret-sharing";
import type { RandomSource } from "../../core/random-source.ts";
import { PrivacyError, invalidArgument } from "../../core/index.ts";
import { type PinnedSites, type SecureRound, parseSecureRound, protocolBreach, roundDigest } from "./cohort.ts";
import { type AgreementKey, agreeOnKey, createAgreementKey, keyBytes, rawPrivate } from "./key-agreement.ts";
import { addMask } from "./mask.ts";
import {
  type Advertisement,
  type Attestation,
  type Complaint,
  type Disclosure,
  type SealedShares,
  commitToSeed,
  digestAdvertisements,
  holdsAdvertisement,
  holdsSurvivors,
  signAdvertisement,
  signComplaint,
  signSurvivors,
} from "./messages.ts";
import { type SharePair, openShares, sealShares } from "./share-box.ts";

export interface SecureSiteOptions {
  readonly round: SecureRound;
  readonly site: string;
  /** This site's Ed25519 private key. */
  readonly identity: KeyObject;
  readonly pinned: PinnedSites;
  readonly random: RandomSource;
  /**
   * Remembers, durably and before it returns, that this round was entered; throws if it was before. A restarted site has lost
   * its masks and drops out: entering twice would give a coordinator two masked vectors of one update.
   */
  readonly enter: (round: SecureRound) => void | Promise<void>;
}

/** A site's part of one secure round: six messages, in this order, each once. What it throws ends the round for it. */
export interface SecureSite {
  advertise(): Advertisement;
  /** @param shown - the advertisements of all sites that sent one. */
  share(shown: readonly Advertisement[]): Promise<SealedShares[]>;
  /**
   * @param boxes - what the others sealed for this site: who is missing has dropped out.
   * @returns of each box that does not open the signed complaint; the sites whose boxes opened are those to mask with.
   */
  open(boxes: readonly SealedShares[]): readonly Complaint[];
  /**
   * @param input - shape [length], words modulo 2^32; overwritten with the masked vector, which is returned.
   * @param participants - whose masks count: this site and others whose boxes opened here. Of nobody else will this site disclose
   *   any share in this round.
   */
  mask(input: Uint32Array, participants: readonly string[]): Uint32Array;
  /** @param survivors - who sent a masked vector. */
  attest(survivors: readonly string[]): Attestation;
  /** @param attestations - the survivors' signatures over what `attest` was shown. */
  disclose(attestations: readonly Attestation[]): Disclosure;
}

type Phase = "advertise" | "share" | "open" | "mask" | "attest" | "disclose" | "over";

/**
 * Opens a site's part of a round in which the coordinator learns the sum of the masked vectors and nothing else about them.
 *
 * @throws PrivacyError `invalid_argument` for a round out of its ranges or a cohort with a site that is not pinned here; what
 *   `enter` throws. Each step throws `protocol_violation` for whatever would show more than the sum, and `invalid_state` out
 *   of order; after either the site answers nothing more.
 * @guarantee Against a coordinator that deviates at will and colludes with fewer than 2·threshold − n sites: it learns at
 *   most the sum over the sites in one survivor set of at least `threshold` members. Contents are not checked: a site may
 *   send any vector. Nothing about availability.
 * @source Bonawitz, Ivanov, Kreuter et al. 2017, doi:10.1145/3133956.3133982, figure 4 with the consistency check.
 */
export async function openSecureSite(options: SecureSiteOptions): Promise<SecureSite> {
  const site = new SiteRound(options);
  await options.enter(options.round);
  return site;
}

class SiteRound implements SecureSite {
  readonly #options: SecureSiteOptions;
  readonly #round: SecureRound;
  readonly #digest: Buffer;
  readonly #boxKey: AgreementKey = createAgreementKey();
  readonly #maskKey: AgreementKey = createAgreementKey();
  readonly #seed: Uint8Array = new Uint8Array(keyBytes);
  #phase: Phase = "advertise";
  #shown: ReadonlyMap<string, Advertisement> = new Map();
  #shownDigest: Uint8Array = new Uint8Array(0);
  /** The shares this site holds, its own included; its keys are the sites that took part in sharing. */
  readonly #held: Map<string, SharePair> = new Map();
  #survivors: ReadonlySet<string> = new Set();

  constructor(options: SecureSiteOptions) {
    this.#options = options;
    this.#round = parseSecureRound(options.round);
    this.#digest = roundDigest(this.#round);
    const { cohort } = this.#round;
    if (!cohort.includes(options.site))
      throw invalidArgument("cohort", `one with ${options.site} in it`, "one without");
    const stranger = cohort.find((site) => site !== options.site && !options.pinned.has(site));
    if (stranger !== undefined) {
      throw invalidArgument("cohort", "sites whose keys are pinned here", stranger, "exchange fingerprints first");
    }
    options.random.fill(this.#seed);
  }

  advertise(): Advertisement {
    return this.#step("advertise", "share", () =>
      signAdvertisement(
        this.#digest,
        {
          site: this.#options.site,
          boxKey: this.#boxKey.publicBytes,
          maskKey: this.#maskKey.publicBytes,
          seedDigest: commitToSeed(this.#digest, this.#seed),
        },
        this.#options.identity,
      ),
    );
  }

  async share(shown: readonly Advertisement[]): Promise<SealedShares[]> {
    const peers = this.#step("share", "over", () => this.#acceptKeys(shown));
    const { threshold } = this.#round;
    const secret = rawPrivate(this.#maskKey.privateKey);
    const [seeds, keys] = await Promise.all([
      split(this.#seed, peers.length, threshold),
      split(secret, peers.length, threshold),
    ]);
    secret.fill(0);
    const sealed: SealedShares[] = [];
    for (const [i, to] of peers.entries()) {
      const pair = { seed: seeds[i], key: keys[i] };
      if (to === this.#options.site) this.#held.set(to, pair);
      else sealed.push({ from: this.#options.site, to, box: this.#seal(pair, to) });
    }
    this.#phase = "open";
    return sealed;
  }

  open(boxes: readonly SealedShares[]): readonly Complaint[] {
    return this.#step("open", "mask", () => {
      const named = new Set(boxes.map(({ from }) => from));
      if (named.size !== boxes.length) throw this.#breach("shares of one site came twice");
      const shut = boxes.filter((sealed) => !this.#open(sealed));
      return shut.map((sealed) => signComplaint(this.#digest, sealed, this.#options.identity));
    });
  }

  mask(input: Uint32Array, participants: readonly string[]): Uint32Array {
    return this.#step("mask", "attest", () => {
      if (input.length !== this.#round.length) throw this.#breach("a vector of another length was to be masked");
      this.#keepOnly(participants);
      addMask(input, this.#seed, this.#digest, 1);
      const { site } = this.#options;
      for (const peer of this.#held.keys()) {
        if (peer !== site) addMask(input, this.#pairSeed(peer), this.#digest, site < peer ? 1 : -1);
      }
      return input;
    });
  }

  attest(survivors: readonly string[]): Attestation {
    return this.#step("attest", "disclose", () => {
      const set = new Set(survivors);
      if (set.size !== survivors.length) throw this.#breach("a survivor was named twice");
      if (!set.has(this.#options.site)) throw this.#breach("this site is not among the survivors");
      if (survivors.some((site) => !this.#held.has(site))) throw this.#breach("a survivor never shared its secrets");
      this.#requireEnough(set.size, "sites survived");
      this.#survivors = set;
      return { site: this.#options.site, signature: signSurvivors(this.#statement(), this.#options.identity) };
    });
  }

  disclose(attestations: readonly Attestation[]): Disclosure {
    return this.#step("disclose", "over", () => {
      const signed = new Set(attestations.filter((attestation) => this.#holds(attestation)).map(({ site }) => site));
      signed.add(this.#options.site);
      this.#requireEnough(signed.size, "survivors signed the same survivors and keys");
      const entries = [...this.#held];
      // of each site one secret or the other, never both: together they would unmask it
      return {
        site: this.#options.site,
        seedShares: new Map(
          entries.filter(([site]) => this.#survivors.has(site)).map(([site, { seed }]) => [site, seed]),
        ),
        keyShares: new Map(
          entries.filter(([site]) => !this.#survivors.has(site)).map(([site, { key }]) => [site, key]),
        ),
      };
    });
  }

  /** @returns the ids of the sites that take part, ascending, this one included. */
  #acceptKeys(shown: readonly Advertisement[]): string[] {
    const { site, identity, pinned } = this.#options;
    const bySite = new Map(shown.map((advertisement) => [advertisement.site, advertisement]));
    if (bySite.size !== shown.length) throw this.#breach("a site was shown with two sets of keys");
    const keys = new Set<string>();
    for (const [peer, advertisement] of bySite) {
      if (!this.#round.cohort.includes(peer)) throw this.#breach("a site outside the cohort was shown");
      const key = peer === site ? identity : pinned.get(peer);
      if (key === undefined || !holdsAdvertisement(this.#digest, advertisement, key)) {
        throw this.#breach("keys were shown that the pinned identity of their site did not sign for this round");
      }
      for (const bytes of [advertisement.boxKey, advertisement.maskKey]) keys.add(Buffer.from(bytes).toString("hex"));
    }
    if (keys.size !== 2 * bySite.size) throw this.#breach("two keys were the same");
    const own = bySite.get(site);
    if (own === undefined || Buffer.compare(own.maskKey, this.#maskKey.publicBytes) !== 0) {
      throw this.#breach("this site's own keys were left out or replaced");
    }
    this.#requireEnough(bySite.size, "sites sent keys");
    this.#shown = bySite;
    this.#shownDigest = digestAdvertisements(shown);
    return [...bySite.keys()].toSorted();
  }

  #seal(pair: SharePair, to: string): Uint8Array {
    const { site } = this.#options;
    return sealShares(pair, this.#boxSecret(to, site, to), this.#about(site, to));
  }

  /** @returns false for a box that its site did not seal for this one and this round, as far as can be told here. */
  #open({ from, to, box }: SealedShares): boolean {
    const { site } = this.#options;
    if (to !== site || from === site || !this.#shown.has(from))
      throw this.#breach("shares from or for another site came");
    const pair = openShares(box, this.#boxSecret(from, from, site), this.#about(from, site));
    if (pair !== undefined) this.#held.set(from, pair);
    return pair !== undefined;
  }

  /** Forgets the shares of whoever takes no part: they can be asked for by nobody. */
  #keepOnly(participants: readonly string[]): void {
    const kept = new Set(participants);
    if (kept.size !== participants.length) throw this.#breach("a site was to take part twice");
    if (!kept.has(this.#options.site)) throw this.#breach("this site was left out");
    if (participants.some((peer) => !this.#held.has(peer)))
      throw this.#breach("a site was to take part whose shares did not open here");
    for (const peer of this.#held.keys()) if (!kept.has(peer)) this.#held.delete(peer);
    this.#requireEnough(kept.size, "sites take part");
  }

  #boxSecret(peer: string, from: string, to: string): Uint8Array {
    const info = JSON.stringify(["sordino share box v1", from, to]);
    return agreeOnKey(this.#boxKey.privateKey, this.#keysOf(peer).boxKey, this.#digest, info);
  }

  #pairSeed(peer: string): Uint8Array {
    return pairSeed(this.#maskKey, this.#keysOf(peer).maskKey, this.#digest);
  }

  #keysOf(peer: string): Advertisement {
    const keys = this.#shown.get(peer);
    if (keys === undefined) throw this.#breach("a site without keys was to be masked with");
    return keys;
  }

  #holds({ site, signature }: Attestation): boolean {
    const key = this.#options.pinned.get(site);
    return key !== undefined && this.#survivors.has(site) && holdsSurvivors(this.#statement(), signature, key);
  }

  #statement(): { round: Uint8Array; advertisements: Uint8Array; survivors: string[] } {
    return { round: this.#digest, advertisements: this.#shownDigest, survivors: [...this.#survivors] };
  }

  #about(from: string, to: string): Uint8Array {
    return Buffer.concat([this.#digest, Buffer.from(JSON.stringify([from, to]))]);
  }

  #requireEnough(count: number, what: string): void {
    const { threshold } = this.#round;
    if (count < threshold) throw this.#breach(`fewer than ${threshold} ${what}`);
  }

  /** Runs one step once: whatever it throws, the site is not left where it could be asked again. */
  #step<T>(wanted: Phase, next: Phase, body: () => T): T {
    const phase = this.#phase;
    this.#phase = "over";
    if (phase !== wanted) {
      throw new PrivacyError(
        "invalid_state",
        `secure aggregation wanted ${phase === "over" ? "nothing more" : phase}, ${wanted} came; the round is over here`,
        { object: "SecureSite", state: phase },
      );
    }
    const result = body();
    this.#phase = next;
    return result;
  }

  #breach(rule: string): PrivacyError<"protocol_violation"> {
    return protocolBreach(this.#round, rule);
  }
}

/** The seed of the mask that two sites share: the same from either side. */
export function pairSeed(own: AgreementKey, other: Uint8Array, round: Uint8Array): Uint8Array {
  return agreeOnKey(own.privateKey, other, round, "sordino pair mask v1");
}
