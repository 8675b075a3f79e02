import { UpdateIntake, removeUpload } from "./update-intake.ts";
import type { NotedUpload } from "./upload-notes.ts";

type Parked = { readonly round: number } & ({ readonly intake: UpdateIntake } | { readonly noted: NotedUpload });

/** Half-received updates of sites whose line broke, by site: at most one each, and only while it would still count. */
export class ParkedIntakes {
  readonly #parked = new Map<string, Parked>();
  /** The run has ended before its time, and what is here is for its next life. */
  #isLeft = false;

  /** @param isAwaited - whether its round is still open. */
  async put(site: string, round: number, intake: UpdateIntake, isAwaited: boolean): Promise<void> {
    if (this.#isLeft) return await intake.leave();
    if (!isAwaited) return await intake.discard();
    await this.remove(site);
    this.#parked.set(site, { round, intake });
    await intake.rest();
  }

  /** What an earlier life of the coordinator left. */
  restore(noted: NotedUpload): void {
    this.#parked.set(noted.site, { round: noted.round, noted });
  }

  /** The caller's from now on; null when none was kept for this round. What an earlier life left is checked only now. */
  async take(site: string, round: number): Promise<UpdateIntake | null> {
    const parked = this.#parked.get(site);
    if (parked?.round !== round) return null;
    this.#parked.delete(site);
    return "intake" in parked ? parked.intake : await UpdateIntake.resume(parked.noted);
  }

  /** Removes what is kept for a site, and its files. */
  async remove(site: string): Promise<void> {
    const parked = this.#parked.get(site);
    this.#parked.delete(site);
    if (parked !== undefined) await discard(parked);
  }

  /** Removes all of them and their files. */
  async drop(): Promise<void> {
    for (const parked of this.#takeAll()) await discard(parked);
  }

  /** Closes all of them, now and later, and leaves the files. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    for (const parked of this.#takeAll()) if ("intake" in parked) await parked.intake.leave();
  }

  #takeAll(): Parked[] {
    const all = [...this.#parked.values()];
    this.#parked.clear();
    return all;
  }
}

async function discard(parked: Parked): Promise<void> {
  if ("intake" in parked) await parked.intake.discard();
  else await removeUpload(parked.noted.path);
}
