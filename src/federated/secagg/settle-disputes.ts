/** One site's word against another's: what `accused` sealed for `site` does not open there. */
export interface Dispute {
  readonly site: string;
  readonly accused: string;
}

export interface DisputedRound {
  /** Who shared its secrets and said which boxes opened. */
  readonly sites: readonly string[];
  readonly threshold: number;
  readonly disputes: readonly Dispute[];
  /** By site: in how many disputes of earlier rounds of this run it was. */
  readonly earlier: ReadonlyMap<string, number>;
}

/**
 * Who leaves a round in which boxes are disputed. Nobody but the two can tell who lies, the sealer or the one who complains, so
 * nobody is believed: two honest sites are never in dispute, and with k = sites − threshold
 *
 *   1. whoever is in dispute with more than k others goes alone;
 *   2. of what is left, pairs in dispute go together, the first by name first;
 *   3. where 2 would leave fewer than the threshold, of each pair one goes: who is in more disputes now, then in more of earlier
 *      rounds, then the accused.
 *
 * With k liars at most, 1 takes no honest site (each is in dispute with liars alone) and 2 takes a liar with every honest site; 3 is
 * reached only with more than k/2 liars. A single liar so costs a round itself, or itself and one other, or, where k = 1, one
 * site that need not be it; and never the round while k ≥ 1.
 *
 * @returns the sites that go; no two of the others are in dispute.
 */
export function settleDisputes({ sites, threshold, disputes, earlier }: DisputedRound): ReadonlySet<string> {
  const mayLose = sites.length - threshold;
  const gone = new Set<string>();
  const opponents = opponentsOf(sites, disputes);
  for (const [site, others] of opponents) if (others.size > mayLose) gone.add(site);
  for (const site of gone) takeOut(site, opponents);
  const paired = new Set<string>();
  for (const [site, others] of opponents) {
    const other = paired.has(site) ? undefined : [...others].toSorted().find((peer) => !paired.has(peer));
    if (other !== undefined) paired.add(site).add(other);
  }
  if (gone.size + paired.size <= mayLose) return new Set([...gone, ...paired]);
  const accused = new Set(disputes.map((dispute) => dispute.accused));
  const weight = (site: string): number[] => [
    opponents.get(site)?.size ?? 0,
    earlier.get(site) ?? 0,
    accused.has(site) ? 1 : 0,
  ];
  for (;;) {
    const left = [...opponents].filter(([, others]) => others.size > 0).map(([site]) => site);
    if (left.length === 0) return gone;
    const [loser] = left.toSorted((a, b) => compare(weight(b), weight(a)));
    gone.add(loser);
    takeOut(loser, opponents);
  }
}

/** By ascending name, each with those it is in dispute with. */
function opponentsOf(sites: readonly string[], disputes: readonly Dispute[]): Map<string, Set<string>> {
  const opponents = new Map(sites.toSorted().map((site) => [site, new Set<string>()]));
  for (const { site, accused } of disputes) {
    if (site === accused || !opponents.has(site) || !opponents.has(accused)) continue;
    opponents.get(site)?.add(accused);
    opponents.get(accused)?.add(site);
  }
  return opponents;
}

function takeOut(site: string, opponents: Map<string, Set<string>>): void {
  opponents.delete(site);
  for (const others of opponents.values()) others.delete(site);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : a[at] - b[at];
}
