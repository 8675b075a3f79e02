/** Runs one piece of work at a time, at once where nothing runs. */
export type Queue = <T>(work: () => T | Promise<T>) => Promise<T>;

export function createQueue(): Queue {
  const door = { isHeld: false };
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    while (door.isHeld) await last;
    door.isHeld = true;
    let release = (): void => {};
    last = new Promise<void>((resolve) => (release = resolve));
    try {
      return await work();
    } finally {
      door.isHeld = false;
      release();
    }
  };
}
