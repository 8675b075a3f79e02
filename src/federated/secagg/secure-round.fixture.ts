import { type KeyObject, generateKeyPairSync } from "node:crypto";
import { operatingSystemRandom } from "../../core/random-source.ts";
import { isPrivacyError } from "../../core/index.ts";
import type { SecureRound } from "./cohort.ts";
import { smallestThreshold } from "./cohort.ts";
import { type SecureCoordinator, openSecureCoordinator } from "./secure-coordinator.ts";
import { type SecureSite, openSecureSite } from "./secure-site.ts";

/** When a site falls silent: before the message of that name. */
export const silences = ["advertise", "share", "open", "mask", "attest", "disclose", "never"] as const;
export type Silence = (typeof silences)[number];

export interface Cohort {
  readonly round: SecureRound;
  readonly identities: ReadonlyMap<string, KeyObject>;
  readonly secrets: ReadonlyMap<string, KeyObject>;
  readonly sites: ReadonlyMap<string, SecureSite>;
  readonly coordinator: SecureCoordinator;
  readonly inputs: ReadonlyMap<string, Uint32Array>;
}

/** Site ids are not in the order in which they were made, so that the order of two ids is not the order of their messages. */
const names = ["oak", "elm", "fir", "ash", "yew", "bay", "box", "fig"];

export async function makeCohort(size: number, length = 5, change: Partial<SecureRound> = {}): Promise<Cohort> {
  const more = Array.from({ length: Math.max(0, size - names.length) }, (_, i) => `tree-${i}`);
  const cohort = [...names, ...more].slice(0, size).toSorted();
  const pairs = new Map(cohort.map((site) => [site, generateKeyPairSync("ed25519")]));
  const identities = new Map([...pairs].map(([site, { publicKey }]) => [site, publicKey]));
  const secrets = new Map([...pairs].map(([site, { privateKey }]) => [site, privateKey]));
  const round = { run: "run", round: 1, cohort, threshold: smallestThreshold(size), length, terms: "", ...change };
  const sites = new Map<string, SecureSite>();
  for (const site of cohort) sites.set(site, await openSite(round, site, identities, secrets));
  const inputs = new Map(
    cohort.map((site, i) => [site, Uint32Array.from({ length }, (_, k) => 2 ** 31 + 1e9 * i + 7 * k)]),
  );
  return { round, identities, secrets, sites, coordinator: openSecureCoordinator(round, identities), inputs };
}

export async function openSite(
  round: SecureRound,
  site: string,
  identities: ReadonlyMap<string, KeyObject>,
  secrets: ReadonlyMap<string, KeyObject>,
): Promise<SecureSite> {
  const identity = secrets.get(site);
  if (identity === undefined) throw new Error("no such site");
  const pinned = new Map([...identities].filter(([peer]) => peer !== site));
  return await openSecureSite({
    round,
    site,
    identity,
    pinned,
    random: operatingSystemRandom(),
    enter: () => undefined,
  });
}

/** Runs a round in which each site falls silent where it is told. @returns the sum, or the rule that ended the round. */
export async function runRound(cohort: Cohort, silence: (site: string) => Silence): Promise<Uint32Array | string> {
  const { sites, coordinator, inputs } = cohort;
  const speaks = (site: string, at: Silence): boolean => silences.indexOf(silence(site)) > silences.indexOf(at);
  const speaking = (at: Silence): [string, SecureSite][] => [...sites].filter(([site]) => speaks(site, at));
  try {
    for (const [, site] of speaking("advertise")) coordinator.acceptAdvertisement(site.advertise());
    const shown = coordinator.closeAdvertisements();
    for (const [id, site] of speaking("share")) coordinator.acceptShares(id, await site.share(shown));
    const boxes = coordinator.closeShares();
    for (const [id, site] of speaking("open")) coordinator.acceptComplaints(id, site.open(boxes.get(id) ?? []));
    const participants = coordinator.closeComplaints(new Map());
    for (const [id, site] of speaking("mask")) {
      coordinator.acceptMasked(id, site.mask(Uint32Array.from(inputs.get(id) ?? []), participants));
    }
    const survivors = coordinator.closeMasked();
    for (const [, site] of speaking("attest")) coordinator.acceptAttestation(site.attest(survivors));
    const attestations = coordinator.closeAttestations();
    for (const [, site] of speaking("disclose")) coordinator.acceptDisclosure(site.disclose(attestations));
    return await coordinator.unmask();
  } catch (error) {
    if (isPrivacyError(error) && error.code === "protocol_violation") return error.details.rule;
    throw error;
  }
}

/** What the round must give: the plain sum over those who sent a vector, or undefined where too few were left. */
export function expectedSum({ round, inputs }: Cohort, silence: (site: string) => Silence): Uint32Array | undefined {
  const reached = (at: Silence): string[] =>
    round.cohort.filter((site) => silences.indexOf(silence(site)) > silences.indexOf(at));
  if (silences.slice(0, -1).some((at) => reached(at).length < round.threshold)) return undefined;
  const sum = new Uint32Array(round.length);
  for (const site of reached("mask")) inputs.get(site)?.forEach((word, i) => (sum[i] += word));
  return sum;
}
