import type { KeyObject } from "node:crypto";
import { PrivacyError } from "../../core/index.ts";
import { type SecureRound, parseSecureRound, protocolBreach, roundDigest } from "./cohort.ts";
import { agreementKeyOf, canAgree } from "./key-agreement.ts";
import { addMask } from "./mask.ts";
import {
  type Advertisement,
  type Attestation,
  type Complaint,
  type Disclosure,
  type SealedShares,
  commitToSeed,
  type SignedDispute,
  digestAdvertisements,
  disputeOf,
  holdsAdvertisement,
  holdsDispute,
  holdsSurvivors,
} from "./messages.ts";
import { pairSeed } from "./secure-site.ts";
import { SecretRecovery } from "./recover-secret.ts";
import { settleDisputes } from "./settle-disputes.ts";
import { boxBytes, shareBytes } from "./share-box.ts";

/**
 * The coordinator's part of a secure round. Each `accept…` takes one site's message of the present phase and throws
 * `update_rejected` for a message that does not hold, which leaves the round as it was: that site has dropped out, no more.
 * Each `close…` ends a phase and throws `protocol_violation` when fewer than the threshold are left: the round is over.
 */
export interface SecureCoordinator {
  acceptAdvertisement(advertisement: Advertisement): void;
  closeAdvertisements(): readonly Advertisement[];
  acceptShares(site: string, boxes: readonly SealedShares[]): void;
  /** @returns for every site that shared: what the others sealed for it. */
  closeShares(): ReadonlyMap<string, readonly SealedShares[]>;
  /** @param complaints - of `site`, about what does not open there; none where all of it opened. */
  acceptComplaints(site: string, complaints: readonly Complaint[]): void;
  /** Every complaint that was accepted, in a form that a third party can check. */
  readonly disputes: readonly SignedDispute[];
  /**
   * @param earlier - by site: its disputes in earlier rounds of the run.
   * @returns whose masks count, ascending. See `settleDisputes` for who goes.
   */
  closeComplaints(earlier: ReadonlyMap<string, number>): readonly string[];
  /** @param masked - shape [length]; added at once and not kept. Give it whole or not at all. */
  acceptMasked(site: string, masked: Uint32Array): void;
  /** @returns the survivors, ascending. */
  closeMasked(): readonly string[];
  acceptAttestation(attestation: Attestation): void;
  closeAttestations(): readonly Attestation[];
  acceptDisclosure(disclosure: Disclosure): void;
  /** @returns the survivors' sum modulo 2^32, shape [length]. */
  unmask(): Promise<Uint32Array>;
  /**
   * Set when `unmask` ended the round: whose shares make up nothing that it signed. Null where no more than the threshold
   * disclosed theirs, since one liar among those could make it seem so of anybody.
   */
  readonly misdealer: string | null;
}

type Phase = "advertise" | "share" | "open" | "mask" | "attest" | "disclose" | "over";

/**
 * @param identities - the sites' Ed25519 public keys as the coordinator knows them: a message signed by another is refused here
 *   already, so that one bad site costs itself and not the round.
 * @throws PrivacyError `invalid_argument` for a round out of its ranges.
 * @guarantee Correctness: the result is the exact sum of the survivors' vectors modulo 2^32, whatever the order of arrival, or
 *   an error: a wrong share is noticed by the commitments. Privacy rests on the sites alone (`openSecureSite`).
 * @source Bonawitz, Ivanov, Kreuter et al. 2017, doi:10.1145/3133956.3133982, figure 4.
 */
export function openSecureCoordinator(
  round: SecureRound,
  identities: ReadonlyMap<string, KeyObject>,
): SecureCoordinator {
  return new CoordinatorRound(parseSecureRound(round), identities);
}

class CoordinatorRound implements SecureCoordinator {
  readonly #round: SecureRound;
  readonly #identities: ReadonlyMap<string, KeyObject>;
  readonly #digest: Buffer;
  #phase: Phase = "advertise";
  readonly #keys: Map<string, Advertisement> = new Map();
  readonly #boxes: Map<string, readonly SealedShares[]> = new Map();
  /** Who said which boxes opened. */
  readonly #complaints: Set<string> = new Set();
  readonly #disputes: SignedDispute[] = [];
  #participants: ReadonlySet<string> = new Set();
  readonly #sum: Uint32Array;
  readonly #survivors: Set<string> = new Set();
  readonly #attestations: Map<string, Attestation> = new Map();
  readonly #disclosures: Map<string, Disclosure> = new Map();
  #misdealer: string | null = null;

  constructor(round: SecureRound, identities: ReadonlyMap<string, KeyObject>) {
    this.#round = round;
    this.#identities = identities;
    this.#digest = roundDigest(round);
    this.#sum = new Uint32Array(round.length);
  }

  acceptAdvertisement(advertisement: Advertisement): void {
    const { site } = advertisement;
    this.#during("advertise");
    if (!this.#round.cohort.includes(site)) throw this.#reject(site, "is not of this cohort");
    this.#once(site, this.#keys);
    const identity = this.#identities.get(site);
    if (identity === undefined || !holdsAdvertisement(this.#digest, advertisement, identity)) {
      throw this.#reject(site, "sent keys that its identity did not sign for this round");
    }
    const taken = [...this.#keys.values()].flatMap(({ boxKey, maskKey }) => [boxKey, maskKey]);
    const fresh = [advertisement.boxKey, advertisement.maskKey];
    const isRepeated = Buffer.compare(fresh[0], fresh[1]) === 0;
    if (isRepeated || taken.some((key) => fresh.some((own) => Buffer.compare(key, own) === 0))) {
      throw this.#reject(site, "sent a key that was there already");
    }
    // of small order: each honest site would end its round at it
    if (!fresh.every(canAgree)) throw this.#reject(site, "sent a key that no secret can be agreed with");
    this.#keys.set(site, advertisement);
  }

  closeAdvertisements(): readonly Advertisement[] {
    this.#close("advertise", "share", this.#keys.size, "sites sent keys");
    return [...this.#keys.values()];
  }

  acceptShares(site: string, boxes: readonly SealedShares[]): void {
    this.#during("share");
    if (!this.#keys.has(site)) throw this.#reject(site, "shared without keys");
    this.#once(site, this.#boxes);
    const named = new Set(boxes.map(({ to }) => to));
    const isOwn = boxes.every(({ from, box }) => from === site && box.length === boxBytes);
    const isForAll = [...this.#keys.keys()].every((peer) => named.has(peer) !== (peer === site));
    if (!isOwn || !isForAll || boxes.length !== named.size || named.size !== this.#keys.size - 1) {
      throw this.#reject(site, "sealed shares for other sites than those that were shown");
    }
    this.#boxes.set(site, boxes);
  }

  closeShares(): ReadonlyMap<string, readonly SealedShares[]> {
    this.#close("share", "open", this.#boxes.size, "sites shared their secrets");
    const all = [...this.#boxes.values()].flat();
    return new Map([...this.#boxes.keys()].map((site) => [site, all.filter(({ to }) => to === site)]));
  }

  acceptComplaints(site: string, complaints: readonly Complaint[]): void {
    this.#during("open");
    if (!this.#boxes.has(site)) throw this.#reject(site, "complained without having shared its secrets");
    this.#once(site, this.#complaints);
    const identity = this.#identities.get(site);
    const areDistinct = new Set(complaints.map(({ accused }) => accused)).size === complaints.length;
    const disputes = complaints.flatMap(({ accused, signature }): SignedDispute[] => {
      const sealed = this.#boxes.get(accused)?.find(({ to }) => to === site);
      return sealed === undefined ? [] : [{ ...disputeOf(this.#digest, sealed), signature }];
    });
    const isSigned = (dispute: SignedDispute): boolean => identity !== undefined && holdsDispute(dispute, identity);
    if (!areDistinct || disputes.length !== complaints.length || !disputes.every(isSigned)) {
      throw this.#reject(site, "complained of boxes that it was not given, or without its signature");
    }
    this.#complaints.add(site);
    this.#disputes.push(...disputes);
  }

  get disputes(): readonly SignedDispute[] {
    return this.#disputes;
  }

  closeComplaints(earlier: ReadonlyMap<string, number>): readonly string[] {
    this.#close("open", "mask", this.#complaints.size, "sites opened what was sealed for them");
    const sites = [...this.#complaints];
    const { threshold } = this.#round;
    const gone = settleDisputes({ sites, threshold, disputes: this.#disputes, earlier });
    const participants = sites.filter((site) => !gone.has(site)).toSorted();
    this.#participants = new Set(participants);
    this.#requireEnough(participants.length, "sites are left of those whose boxes open");
    return participants;
  }

  acceptMasked(site: string, masked: Uint32Array): void {
    this.#during("mask");
    if (!this.#participants.has(site)) throw this.#reject(site, "sent a vector and does not take part");
    this.#once(site, this.#survivors);
    if (masked.length !== this.#round.length) throw this.#reject(site, "sent a vector of another length");
    const sum = this.#sum;
    for (let i = 0; i < sum.length; i++) sum[i] += masked[i];
    this.#survivors.add(site);
  }

  closeMasked(): readonly string[] {
    this.#close("mask", "attest", this.#survivors.size, "sites sent a vector");
    return [...this.#survivors].toSorted();
  }

  acceptAttestation(attestation: Attestation): void {
    const { site, signature } = attestation;
    this.#during("attest");
    this.#once(site, this.#attestations);
    const identity = this.#identities.get(site);
    const statement = {
      round: this.#digest,
      advertisements: digestAdvertisements(this.#keys.values()),
      survivors: [...this.#survivors],
    };
    if (!this.#survivors.has(site) || identity === undefined || !holdsSurvivors(statement, signature, identity)) {
      throw this.#reject(site, "signed other survivors or keys");
    }
    this.#attestations.set(site, attestation);
  }

  closeAttestations(): readonly Attestation[] {
    this.#close("attest", "disclose", this.#attestations.size, "survivors signed");
    return [...this.#attestations.values()];
  }

  acceptDisclosure(disclosure: Disclosure): void {
    const { site, seedShares, keyShares } = disclosure;
    this.#during("disclose");
    if (!this.#attestations.has(site)) throw this.#reject(site, "disclosed shares without having signed the survivors");
    this.#once(site, this.#disclosures);
    const areSame = (given: ReadonlyMap<string, Uint8Array>, wanted: readonly string[]): boolean =>
      given.size === wanted.length && wanted.every((id) => given.get(id)?.length === shareBytes);
    if (!areSame(seedShares, [...this.#survivors]) || !areSame(keyShares, this.#dropped())) {
      throw this.#reject(site, "disclosed other shares than those of the survivors and the dropped");
    }
    this.#disclosures.set(site, disclosure);
  }

  async unmask(): Promise<Uint32Array> {
    this.#close("disclose", "over", this.#disclosures.size, "sites disclosed their shares");
    const recovery = new SecretRecovery([...this.#disclosures.keys()], this.#round.threshold);
    const recover = async (site: string, kind: "seedShares" | "keyShares", holds: (secret: Uint8Array) => boolean) => {
      const secret = await recovery.recover((from) => this.#disclosures.get(from)?.[kind].get(site), holds);
      if (secret !== undefined) return secret;
      if (this.#disclosures.size > this.#round.threshold) this.#misdealer = site;
      throw protocolBreach(this.#round, `the shares of ${site} do not make up its secret`);
    };
    for (const site of this.#survivors) {
      const wanted = this.#keysOf(site).seedDigest;
      const holds = (seed: Uint8Array): boolean => Buffer.compare(commitToSeed(this.#digest, seed), wanted) === 0;
      addMask(this.#sum, await recover(site, "seedShares", holds), this.#digest, -1);
    }
    for (const site of this.#dropped()) {
      const wanted = this.#keysOf(site).maskKey;
      const holds = (key: Uint8Array): boolean => Buffer.compare(agreementKeyOf(key).publicBytes, wanted) === 0;
      const pair = agreementKeyOf(await recover(site, "keyShares", holds));
      for (const peer of this.#survivors) {
        // the survivor added this with the sign that follows from the order of the two ids
        addMask(
          this.#sum,
          pairSeed(pair, this.#keysOf(peer).maskKey, this.#digest),
          this.#digest,
          peer < site ? -1 : 1,
        );
      }
    }
    return this.#sum;
  }

  get misdealer(): string | null {
    return this.#misdealer;
  }

  /** Those who take part and sent no vector: their pair masks are still in the sum. */
  #dropped(): string[] {
    return [...this.#participants].filter((site) => !this.#survivors.has(site));
  }

  #keysOf(site: string): Advertisement {
    const keys = this.#keys.get(site);
    if (keys === undefined) throw protocolBreach(this.#round, `${site} has no keys`);
    return keys;
  }

  #during(phase: Phase): void {
    if (this.#phase !== phase) throw this.#wrongState(phase);
  }

  #close(phase: Phase, next: Phase, count: number, what: string): void {
    if (this.#phase !== phase) throw this.#wrongState(phase);
    this.#phase = next;
    this.#requireEnough(count, what);
  }

  #requireEnough(count: number, what: string): void {
    const { threshold } = this.#round;
    if (count >= threshold) return;
    this.#phase = "over";
    throw protocolBreach(this.#round, `fewer than ${threshold} ${what}`);
  }

  #once(site: string, seen: { has(site: string): boolean }): void {
    if (seen.has(site)) throw this.#reject(site, "answered twice");
  }

  #wrongState(wanted: Phase): PrivacyError<"invalid_state"> {
    return new PrivacyError(
      "invalid_state",
      `secure aggregation is at ${this.#phase}, a message of ${wanted} came; the round is as it was`,
      { object: "SecureCoordinator", state: this.#phase },
    );
  }

  #reject(site: string, what: string): PrivacyError<"update_rejected"> {
    const { round } = this.#round;
    return new PrivacyError(
      "update_rejected",
      `secure aggregation, round ${round}: ${site} ${what}; it has dropped out`,
      {
        site,
        round,
        reason: what,
      },
    );
  }
}
