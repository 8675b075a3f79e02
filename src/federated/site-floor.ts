import type { Order, SiteLink } from "./desk.ts";
import type { RejectReason } from "./reject-reason.ts";
import type { WeightOf } from "./weight.ts";

interface Attendance {
  readonly link: SiteLink;
  readonly weight: number;
  isBusy: boolean;
}

/** Who is connected, with which weight, and whether busy; and why the run ended, once it did. */
export class SiteFloor {
  readonly #weightOf: WeightOf;
  readonly #maxSites: number;
  readonly #sites = new Map<string, Attendance>();
  #failure: { readonly error: unknown } | null = null;
  #isOver = false;
  /** Told when the run has failed. */
  onFailed: () => void = () => undefined;
  #wake: (() => void) | null = null;

  readonly #mayGoOn: boolean;

  /** @param mayGoOn - whether another process may go on with the run after a failure: then no site is told that it is over. */
  constructor(weightOf: WeightOf, maxSites: number, mayGoOn: boolean) {
    this.#mayGoOn = mayGoOn;
    this.#weightOf = weightOf;
    this.#maxSites = maxSites;
  }

  get size(): number {
    return this.#sites.size;
  }

  /** The weight of a site that may come in, or why it may not; null: it shall ask again. */
  admit(site: string, declaredWeight: number): number | RejectReason | null {
    if (this.#failure !== null && this.#mayGoOn) return null;
    if (this.#isOver || this.#failure !== null) return "closed";
    if (this.#sites.has(site)) return "duplicate-site";
    if (this.#sites.size >= this.#maxSites) return "full";
    return this.#weightOf(site, declaredWeight) ?? "site";
  }

  add(link: SiteLink, weight: number): void {
    this.#sites.set(link.site, { link, weight, isBusy: false });
    this.#wake?.();
  }

  /** Waits until so many sites can be asked, at most so long, or until the run has failed. */
  async gathered(count: number, withinMs: number | null): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = () => {
        // one that is late with the round before may come: a round without it would pass by in no time
        const free = [...this.#sites.values()].filter(({ isBusy }) => !isBusy).length;
        if (free >= count || this.#failure !== null) resolve();
      };
      if (withinMs !== null) timer = setTimeout(resolve, Math.min(withinMs, 2 ** 31 - 1));
      this.#wake();
    });
    clearTimeout(timer);
    this.#wake = null;
  }

  /** False when the link is not the one that is known under its name. */
  remove(link: SiteLink): boolean {
    return this.#sites.get(link.site)?.link === link && this.#sites.delete(link.site);
  }

  /** The site can be asked again. False as in `remove`. */
  free(link: SiteLink): boolean {
    const attendance = this.#sites.get(link.site);
    if (attendance?.link !== link) return false;
    attendance.isBusy = false;
    this.#wake?.();
    return true;
  }

  weight(site: string): number | undefined {
    return this.#sites.get(site)?.weight;
  }

  /** Who can be asked now, with weights. */
  eligible(mustEvaluate: boolean): Map<string, number> {
    const free = [...this.#sites].filter(([, a]) => !a.isBusy && (!mustEvaluate || a.link.canEvaluate));
    return new Map(free.map(([site, { weight }]) => [site, weight]));
  }

  /** The line to a site, while it is connected. */
  link(site: string): SiteLink | undefined {
    return this.#sites.get(site)?.link;
  }

  /** The first sites by name that are free, identify themselves and have a weight: what a secure round can ask. */
  links(most: number, without: ReadonlySet<string>): { readonly link: SiteLink; readonly weight: number }[] {
    const free = [...this.#sites.values()].filter(
      ({ link, weight, isBusy }) => !isBusy && weight > 0 && link.identity !== null && !without.has(link.site),
    );
    return free.toSorted((a, b) => (a.link.site < b.link.site ? -1 : 1)).slice(0, most);
  }

  instruct(sites: readonly string[], order: Order): void {
    for (const site of sites) {
      const attendance = this.#sites.get(site);
      if (attendance === undefined || attendance.isBusy) continue;
      attendance.isBusy = true;
      attendance.link.instruct(order);
    }
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
    this.onFailed();
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Tells everybody that the run is over, or ends their streams where it may go on. */
  close(): void {
    this.#isOver = true;
    for (const { link } of this.#sites.values()) {
      if (this.#mayGoOn && this.hasFailed) link.drop();
      else link.stop();
    }
  }
}
