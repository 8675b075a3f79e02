import { describe, expect, it } from "vitest";
import { roundDigest } from "./cohort.ts";
import { type Advertisement, type Disclosure, signAdvertisement } from "./messages.ts";
import { type Cohort, expectedSum, makeCohort } from "./secure-round.fixture.ts";

/** A whole round of 5 sites in which the disclosures pass through `change`, and what is signed first through `advertised`. */
async function roundWith(
  cohort: Cohort,
  change: (disclosure: Disclosure) => Disclosure | undefined,
  advertised: (keys: Advertisement) => Advertisement = (keys) => keys,
): Promise<Uint32Array> {
  const { sites, coordinator, inputs } = cohort;
  for (const site of sites.values()) coordinator.acceptAdvertisement(advertised(site.advertise()));
  const shown = coordinator.closeAdvertisements();
  for (const [id, site] of sites) coordinator.acceptShares(id, await site.share(shown));
  const boxes = coordinator.closeShares();
  for (const [id, site] of sites) coordinator.acceptComplaints(id, site.open(boxes.get(id) ?? []));
  const participants = coordinator.closeComplaints(new Map());
  for (const [id, site] of sites) {
    coordinator.acceptMasked(id, site.mask(Uint32Array.from(inputs.get(id) ?? []), participants));
  }
  const survivors = coordinator.closeMasked();
  for (const site of sites.values()) coordinator.acceptAttestation(site.attest(survivors));
  const attestations = coordinator.closeAttestations();
  for (const site of sites.values()) {
    const disclosure = change(site.disclose(attestations));
    if (disclosure !== undefined) coordinator.acceptDisclosure(disclosure);
  }
  return await coordinator.unmask();
}

const spoil = (disclosure: Disclosure): Disclosure => ({
  ...disclosure,
  seedShares: new Map(
    [...disclosure.seedShares].map(([id, share]) => [id, share.map((v, i) => (i === 5 ? v ^ 1 : v))]),
  ),
});

describe("a coordinator of a secure round", () => {
  it("finds the sum although one site discloses wrong shares", async () => {
    const cohort = await makeCohort(5);
    const liar = cohort.round.cohort[0];
    const sum = await roundWith(cohort, (disclosure) => (disclosure.site === liar ? spoil(disclosure) : disclosure));
    expect(sum).toEqual(expectedSum(cohort, () => "never"));
  });

  it("gives no sum rather than a wrong one when the right shares are too few", async () => {
    const cohort = await makeCohort(5);
    const [liar, silent] = cohort.round.cohort;
    const result = roundWith(cohort, (disclosure) => {
      if (disclosure.site === silent) return undefined;
      return disclosure.site === liar ? spoil(disclosure) : disclosure;
    });
    await expect(result).rejects.toThrow(expect.objectContaining({ code: "protocol_violation" }));
  });

  it("says whose shares make up nothing that it signed, unless one liar among those who disclosed could make it seem so", async () => {
    for (const silent of [undefined, "oak"]) {
      const cohort = await makeCohort(5);
      const { round, secrets, coordinator } = cohort;
      const lie = (keys: Advertisement): Advertisement => {
        const identity = secrets.get("ash");
        if (keys.site !== "ash" || identity === undefined) return keys;
        return signAdvertisement(roundDigest(round), { ...keys, seedDigest: keys.seedDigest.toReversed() }, identity);
      };
      const result = roundWith(cohort, (disclosure) => (disclosure.site === silent ? undefined : disclosure), lie);
      await expect(result).rejects.toThrow(expect.objectContaining({ code: "protocol_violation" }));
      expect(coordinator.misdealer).toBe(silent === undefined ? "ash" : null);
    }
  });

  it("refuses one message and goes on: of a stranger, a forger, twice, out of order, of another length", async () => {
    const cohort = await makeCohort(4);
    const { coordinator, sites, round } = cohort;
    const rejected = expect.objectContaining({ code: "update_rejected" });
    const [first, ...others] = [...sites.values()].map((site) => site.advertise());
    expect(() => coordinator.acceptAdvertisement({ ...first, site: "stranger" })).toThrow(rejected);
    expect(() => coordinator.acceptAdvertisement({ ...first, site: others[0].site })).toThrow(rejected);
    expect(() => coordinator.acceptAdvertisement({ ...first, boxKey: new Uint8Array(31) })).toThrow(rejected);
    for (const advertisement of [first, ...others]) coordinator.acceptAdvertisement(advertisement);
    expect(() => coordinator.acceptAdvertisement(first)).toThrow(rejected);
    expect(() => coordinator.acceptMasked(first.site, new Uint32Array(5))).toThrow(
      expect.objectContaining({ code: "invalid_state" }),
    );
    const shown = coordinator.closeAdvertisements();
    for (const [id, site] of sites) {
      const boxes = await site.share(shown);
      expect(() => coordinator.acceptShares(id, boxes.slice(1))).toThrow(rejected);
      coordinator.acceptShares(id, boxes);
    }
    const boxes = coordinator.closeShares();
    for (const [id, site] of sites) {
      const complaints = site.open(boxes.get(id) ?? []);
      const made = { accused: others[0].site, signature: new Uint8Array(64) };
      expect(() => coordinator.acceptComplaints(id, [made])).toThrow(rejected);
      coordinator.acceptComplaints(id, complaints);
      expect(() => coordinator.acceptComplaints(id, complaints)).toThrow(rejected);
    }
    const participants = coordinator.closeComplaints(new Map());
    for (const [id, site] of sites) {
      const masked = site.mask(Uint32Array.from(cohort.inputs.get(id) ?? []), participants);
      expect(() => coordinator.acceptMasked(id, masked.subarray(1))).toThrow(rejected);
      coordinator.acceptMasked(id, masked);
      expect(() => coordinator.acceptMasked(id, masked)).toThrow(rejected);
    }
    const survivors = coordinator.closeMasked();
    const [a, b] = round.cohort;
    for (const [id, site] of sites) {
      const attestation = site.attest(survivors);
      expect(() => coordinator.acceptAttestation({ ...attestation, site: id === a ? b : a })).toThrow(rejected);
      coordinator.acceptAttestation(attestation);
    }
    const attestations = coordinator.closeAttestations();
    for (const [id, site] of sites) {
      const disclosure = site.disclose(attestations);
      const seedShares = new Map([...disclosure.seedShares].slice(1));
      expect(() => coordinator.acceptDisclosure({ ...disclosure, seedShares })).toThrow(rejected);
      expect(() =>
        coordinator.acceptDisclosure({ ...disclosure, keyShares: new Map([[id, new Uint8Array(33)]]) }),
      ).toThrow(rejected);
      coordinator.acceptDisclosure(disclosure);
    }
    expect(await coordinator.unmask()).toEqual(expectedSum(cohort, () => "never"));
  });

  it("refuses a site's keys of small order, which would end the round at every honest site", async () => {
    const { coordinator, round, secrets, sites } = await makeCohort(4);
    const [first] = round.cohort;
    const identity = secrets.get(first);
    const honest = sites.get(first)?.advertise();
    if (identity === undefined || honest === undefined) throw new Error("no such site");
    for (const bad of [new Uint8Array(32), Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0))]) {
      for (const change of [{ boxKey: bad }, { maskKey: bad }]) {
        const signed = signAdvertisement(roundDigest(round), { ...honest, ...change }, identity);
        expect(() => coordinator.acceptAdvertisement(signed)).toThrow(
          expect.objectContaining({ code: "update_rejected" }),
        );
      }
    }
    coordinator.acceptAdvertisement(honest);
  });

  it("refuses boxes of another size, for nobody in particular, or for two at once", async () => {
    const { coordinator, sites } = await makeCohort(4);
    for (const site of sites.values()) coordinator.acceptAdvertisement(site.advertise());
    const shown = coordinator.closeAdvertisements();
    const [[id, site]] = sites;
    const boxes = await site.share(shown);
    const [first, second, ...rest] = boxes;
    const bad = [
      [{ ...first, box: first.box.subarray(1) }, second, ...rest],
      [{ ...first, to: `${first.to},${second.to}` }, ...rest],
      [first, first, ...rest],
      [...boxes, { ...first, to: id }],
      [...boxes, { ...first, to: "stranger" }],
    ];
    for (const sent of bad) {
      expect(() => coordinator.acceptShares(id, sent)).toThrow(expect.objectContaining({ code: "update_rejected" }));
    }
    coordinator.acceptShares(id, boxes);
  });

  it("finds the sum past the one liar that comes first among 20 sites", async () => {
    const cohort = await makeCohort(20);
    const [liar] = cohort.sites.keys();
    const sum = await roundWith(cohort, (disclosure) => (disclosure.site === liar ? spoil(disclosure) : disclosure));
    expect(sum).toEqual(expectedSum(cohort, () => "never"));
  });
});
