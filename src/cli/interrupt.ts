/**
 * Runs `work` with a signal that fires at the first Ctrl-C (or SIGTERM), so that it can end whole; a second one ends the
 * process at once, as the system does by itself.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>, onFirst: () => void): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    release();
    onFirst();
    controller.abort();
  };
  const release = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
