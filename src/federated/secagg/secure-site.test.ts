import type { KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { operatingSystemRandom } from "../../core/random-source.ts";
import type { Advertisement, SealedShares } from "./messages.ts";
import { digestAdvertisements, signAdvertisement, signSurvivors } from "./messages.ts";
import { roundDigest } from "./cohort.ts";
import { createAgreementKey } from "./key-agreement.ts";
import { type Cohort, makeCohort, openSite } from "./secure-round.fixture.ts";
import { type SecureSite, openSecureSite } from "./secure-site.ts";

/** All sites up to and with their masked vectors. */
async function untilMasked(cohort: Cohort): Promise<{ shown: Advertisement[]; boxes: SealedShares[] }> {
  const shown = [...cohort.sites.values()].map((site) => site.advertise());
  const boxes: SealedShares[] = [];
  for (const site of cohort.sites.values()) boxes.push(...(await site.share(shown)));
  for (const [id, site] of cohort.sites) {
    site.open(forSite(boxes, id));
    site.mask(new Uint32Array(5), cohort.round.cohort);
  }
  return { shown, boxes };
}

const forSite = (boxes: readonly SealedShares[], id: string): SealedShares[] => boxes.filter(({ to }) => to === id);

/** The second site of four, before it opens what the others sealed for it. */
async function beforeOpening(): Promise<{
  cohort: Cohort;
  asked: SecureSite;
  given: SealedShares[];
  all: SealedShares[];
}> {
  const cohort = await makeCohort(4);
  const shown = [...cohort.sites.values()].map((each) => each.advertise());
  const all: SealedShares[] = [];
  for (const each of cohort.sites.values()) all.push(...(await each.share(shown)));
  const id = cohort.round.cohort[1];
  return { cohort, asked: site(cohort, id), given: forSite(all, id), all };
}

function site(cohort: Cohort, id: string): SecureSite {
  const found = cohort.sites.get(id);
  if (found === undefined) throw new Error("no such site");
  return found;
}

/** Fresh keys that the site signed for a round. */
function signed(digest: Uint8Array, id: string, secrets: ReadonlyMap<string, KeyObject>): Advertisement {
  const identity = secrets.get(id);
  if (identity === undefined) throw new Error("no such site");
  const [boxKey, maskKey] = [createAgreementKey().publicBytes, createAgreementKey().publicBytes];
  return signAdvertisement(digest, { site: id, boxKey, maskKey, seedDigest: new Uint8Array(32) }, identity);
}

const violation = expect.objectContaining({ code: "protocol_violation" });

describe("a site of a secure round", () => {
  it("4.4.5: never gives both shares of a site: it discloses once, for one survivor set", async () => {
    const cohort = await makeCohort(4);
    await untilMasked(cohort);
    const [a, b, c, d] = cohort.round.cohort;
    const attestations = [a, b, c, d].map((id) => site(cohort, id).attest([a, b, c, d]));
    const { seedShares, keyShares } = site(cohort, a).disclose(attestations);
    expect([...seedShares.keys()].filter((id) => keyShares.has(id))).toEqual([]);
    expect([...seedShares.keys()].toSorted()).toEqual([a, b, c, d]);
    expect(() => site(cohort, a).disclose(attestations)).toThrow(expect.objectContaining({ code: "invalid_state" }));
    expect(() => site(cohort, a).attest([a, b, c])).toThrow(expect.objectContaining({ code: "invalid_state" }));
  });

  it("discloses nothing when a coordinator showed different survivors to different sites", async () => {
    const cohort = await makeCohort(4);
    await untilMasked(cohort);
    const [a, b, c, d] = cohort.round.cohort;
    // to a and b: everybody is there; to c and d: a has dropped out, so that c and d would give the shares of a's mask key
    const views = new Map([
      [a, [a, b, c, d]],
      [b, [a, b, c, d]],
      [c, [b, c, d]],
      [d, [b, c, d]],
    ]);
    const attestations = [...views].map(([id, view]) => site(cohort, id).attest(view));
    for (const id of [a, b, c, d]) expect(() => site(cohort, id).disclose(attestations)).toThrow(violation);
  });

  it("signs for its run, its round and all that was agreed on", async () => {
    const { round } = await makeCohort(4);
    const changes = [
      { run: "other" },
      { round: 2 },
      { cohort: ["a"] },
      { threshold: 4 },
      { length: 6 },
      { terms: "t" },
    ];
    const digests = [{}, ...changes].map((change) => roundDigest({ ...round, ...change }).toString("hex"));
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("signs for every field of every advertisement that it was shown, in whatever order they came", async () => {
    const cohort = await makeCohort(4);
    const shown = [...cohort.sites.values()].map((each) => each.advertise());
    const digest = (all: readonly Advertisement[]): string => Buffer.from(digestAdvertisements(all)).toString("hex");
    expect(digest(shown.toReversed())).toBe(digest(shown));
    const [first, ...rest] = shown;
    for (const field of ["boxKey", "maskKey", "seedDigest"] as const) {
      expect(digest([{ ...first, [field]: first[field].toReversed() }, ...rest]), field).not.toBe(digest(shown));
    }
    expect(digest([{ ...first, site: "another" }, ...rest])).not.toBe(digest(shown));
    expect(digest(rest)).not.toBe(digest(shown));
  });

  it("counts no signature from outside the survivors, nor of a survivor that was shown other keys", async () => {
    for (const [signer, others] of [
      [3, 0],
      [2, 1],
    ]) {
      const cohort = await makeCohort(4);
      const { shown } = await untilMasked(cohort);
      const { round, secrets } = cohort;
      const survivors = round.cohort.slice(0, 3);
      const [a, b] = survivors;
      const attestations = [a, b].map((id) => site(cohort, id).attest(survivors));
      const advertisements = digestAdvertisements(shown.slice(others));
      const id = round.cohort[signer];
      const identity = secrets.get(id);
      if (identity === undefined) throw new Error("no such site");
      const signature = signSurvivors({ round: roundDigest(round), advertisements, survivors }, identity);
      expect(() => site(cohort, a).disclose([...attestations, { site: id, signature }])).toThrow(violation);
    }
  });

  it("shares nothing with keys that the pinned identity did not sign, did not sign for this round, or that come twice", async () => {
    const cases: ((shown: Advertisement[], cohort: Cohort) => Advertisement[] | Promise<Advertisement[]>)[] = [
      // the coordinator's own key in the place of a site's
      ([first, second, ...rest]) => [first, { ...second, maskKey: new Uint8Array(32).fill(9) }, ...rest],
      // the coordinator signs with an identity that it made up
      async ([first, second, ...rest], { round }) => {
        const forged = (await makeCohort(4)).secrets.get(second.site);
        if (forged === undefined) throw new Error("no such site");
        return [first, signAdvertisement(roundDigest(round), second, forged), ...rest];
      },
      // signed by the right site for another round
      ([first, second, ...rest], { round, secrets }) => {
        const identity = secrets.get(second.site);
        if (identity === undefined) throw new Error("no such site");
        return [first, signAdvertisement(roundDigest({ ...round, round: 2 }), second, identity), ...rest];
      },
      // one site twice
      ([first, second, third, fourth]) => [first, second, third, fourth, fourth],
      // two sites with one key pair
      ([first, second, third, fourth], { round, secrets }) => {
        const identity = secrets.get(third.site);
        if (identity === undefined) throw new Error("no such site");
        return [
          first,
          second,
          signAdvertisement(roundDigest(round), { ...second, site: third.site }, identity),
          fourth,
        ];
      },
      // too few
      ([first, second]) => [first, second],
      // all but its own
      ([, ...rest]) => rest,
      // its own of an earlier life
      ([own, ...rest], { round, secrets }) => [signed(roundDigest(round), own.site, secrets), ...rest],
    ];
    for (const change of cases) {
      const cohort = await makeCohort(4);
      const shown = [...cohort.sites.values()].map((each) => each.advertise());
      const asked = site(cohort, cohort.round.cohort[0]);
      await expect(asked.share(await change(shown, cohort))).rejects.toThrow(violation);
      await expect(asked.share(shown)).rejects.toThrow(expect.objectContaining({ code: "invalid_state" }));
    }
  });

  it("shares nothing where a site is shown that is pinned and not of this cohort", async () => {
    const { round: larger, identities, secrets } = await makeCohort(5);
    const [outsider, ...cohort] = larger.cohort;
    const round = { ...larger, cohort, threshold: 3 };
    const sites = await Promise.all(cohort.map((id) => openSite(round, id, identities, secrets)));
    const shown = sites.map((each) => each.advertise());
    const more = [...shown, signed(roundDigest(round), outsider, secrets)];
    await expect(sites[0].share(more)).rejects.toThrow(violation);
    expect(await sites[1].share(shown)).toHaveLength(3);
  });

  it("says of which site the box was changed, cut or meant for another, and masks with the others alone", async () => {
    const cases: ((boxes: SealedShares[], all: SealedShares[]) => SealedShares[])[] = [
      ([first, ...rest]) => [{ ...first, box: first.box.map((byte, i) => (i === 3 ? byte ^ 1 : byte)) }, ...rest],
      ([first, ...rest]) => [{ ...first, box: first.box.subarray(1) }, ...rest],
      ([first, ...rest], all) => [{ ...(all.find(({ to }) => to !== first.to) ?? first), to: first.to }, ...rest],
    ];
    for (const change of cases) {
      const { asked, given, cohort } = await beforeOpening();
      const boxes = change(given, (await beforeOpening()).all);
      const [{ from: accused }] = boxes;
      expect(asked.open(boxes)).toMatchObject([{ accused }]);
      const others = cohort.round.cohort.filter((id) => id !== accused);
      expect(asked.mask(new Uint32Array(5), others).some((word) => word !== 0)).toBe(true);
    }
  });

  it("masks nothing with a box that came twice, with whom it can not, without itself, or with too few", async () => {
    const { asked, given } = await beforeOpening();
    const [first, second, third] = given;
    expect(() => asked.open([first, second, { ...third, from: first.from }])).toThrow(violation);
    const cases: ((ids: readonly string[]) => string[])[] = [
      ([a, b, c, d]) => [a, b, c, d, d],
      ([a, , c, d]) => [a, c, d],
      ([a, b, c]) => [a, b, c, "oak2"],
      ([, b, c]) => [b, c],
    ];
    for (const change of cases) {
      const { asked: each, given: boxes, cohort } = await beforeOpening();
      each.open(boxes);
      expect(() => each.mask(new Uint32Array(5), change(cohort.round.cohort))).toThrow(violation);
    }
    const { asked: deceived, given: boxes, cohort } = await beforeOpening();
    deceived.open(boxes.slice(1));
    expect(() => deceived.mask(new Uint32Array(5), cohort.round.cohort)).toThrow(violation);
  });

  it("discloses of a site that took no part neither share", async () => {
    const { cohort, all } = await beforeOpening();
    const [a, b, c, d] = cohort.round.cohort;
    for (const id of [a, b, c]) {
      site(cohort, id).open(forSite(all, id));
      site(cohort, id).mask(new Uint32Array(5), [a, b, c]);
    }
    const attestations = [a, b, c].map((id) => site(cohort, id).attest([a, b, c]));
    const { seedShares, keyShares } = site(cohort, a).disclose(attestations);
    expect([...seedShares.keys(), ...keyShares.keys()]).not.toContain(d);
  });

  it("attests no survivors that it is not among, that never shared, that come twice, or that are too few", async () => {
    const cases: ((ids: readonly string[]) => string[])[] = [
      ([, b, c, d]) => [b, c, d],
      ([a, b, c]) => [a, b, c, "oak2"],
      ([a, b, c]) => [a, b, c, c],
      ([a, b]) => [a, b],
    ];
    for (const change of cases) {
      const cohort = await makeCohort(4);
      await untilMasked(cohort);
      const { cohort: ids } = cohort.round;
      expect(() => site(cohort, ids[0]).attest(change(ids))).toThrow(violation);
    }
  });

  it("enters no round with a site that is not pinned, too small a threshold, or one that it entered before", async () => {
    const { round, identities, secrets } = await makeCohort(4);
    const [a, b, c, d] = round.cohort;
    const without = new Map([...identities].filter(([id]) => id !== d));
    await expect(openSite(round, a, without, secrets)).rejects.toThrow(/keys are pinned here/);
    await expect(openSite({ ...round, threshold: 2 }, a, identities, secrets)).rejects.toThrow(/threshold must be/);
    await expect(openSite({ ...round, cohort: [a, b], threshold: 2 }, a, identities, secrets)).rejects.toThrow(
      /3 to 255 sites/,
    );
    await expect(openSite({ ...round, cohort: [b, a, c, d] }, a, identities, secrets)).rejects.toThrow(/ascending/);
    const identity = secrets.get(a);
    if (identity === undefined) throw new Error("no such site");
    const entered = new Set<number>();
    const enter = (): void => {
      if (entered.has(round.round)) throw new Error("entered before");
      entered.add(round.round);
    };
    const options = { round, site: a, identity, pinned: identities, random: operatingSystemRandom(), enter };
    await openSecureSite(options);
    await expect(openSecureSite(options)).rejects.toThrow("entered before");
  });
});
