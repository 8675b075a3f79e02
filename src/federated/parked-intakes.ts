import { UpdateIntake, removeUpload } from "./update-intake.ts";
import type { NotedUpload } from "./upload-notes.ts";

type Parked = { readonly round: number } & (
  { readonly intake: UpdateIntake; readonly rested: Promise<void> } | { readonly noted: NotedUpload }
);

/** Half-received updates of sites whose line broke, by site: at most one each, and only while it would still count. */
export class ParkedIntakes {
  readonly #parked = new Map<string, Parked>();
  /** The run has ended before its time, and what is here is for its next life. */
  #isLeft = false;

  /** @param isAwaited - whether its round is still open. */
  async put(site: string, round: number, intake: UpdateIntake, isAwaited: boolean): Promise<void> {
    if (this.#isLeft) return await intake.leave();
    if (!isAwaited) return await intake.discard();
    const earlier = this.#parked.get(site);
    // without a wait before: whoever ends the run finds it here
    const rested = intake.rest();
    this.#parked.set(site, { round, intake, rested });
    await Promise.all([rested, earlier === undefined ? undefined : discard(earlier)]);
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
    if ("noted" in parked) return await UpdateIntake.resume(parked.noted);
    // its next bytes go where the last ones are still being written from
    await parked.rested;
    return parked.intake;
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
    for (const parked of this.#takeAll()) {
      if ("noted" in parked) continue;
      await settled(parked.rested);
      await parked.intake.leave();
    }
  }

  #takeAll(): Parked[] {
    const all = [...this.#parked.values()];
    this.#parked.clear();
    return all;
  }
}

async function discard(parked: Parked): Promise<void> {
  if ("noted" in parked) return await removeUpload(parked.noted.path);
  await settled(parked.rested);
  await parked.intake.discard();
}

/** `put` says what became of it. */
async function settled(work: Promise<void>): Promise<void> {
  await work.catch(() => undefined);
}
