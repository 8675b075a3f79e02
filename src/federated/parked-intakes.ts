import type { UpdateIntake } from "./update-intake.ts";

/** Half-received updates of sites whose line broke, by site: at most one each, and only while their round is open. */
export class ParkedIntakes {
  readonly #intakes = new Map<string, { readonly round: number; readonly intake: UpdateIntake }>();

  put(site: string, round: number, intake: UpdateIntake): void {
    this.#intakes.set(site, { round, intake });
  }

  /** The caller's from now on; null when none was kept for this round. */
  take(site: string, round: number): UpdateIntake | null {
    const parked = this.#intakes.get(site);
    if (parked?.round !== round) return null;
    this.#intakes.delete(site);
    return parked.intake;
  }

  /** Removes all of them and their files. */
  async drop(): Promise<void> {
    const all = [...this.#intakes.values()];
    this.#intakes.clear();
    for (const { intake } of all) await intake.discard();
  }
}
