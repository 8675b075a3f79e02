import { MessageChannel, Worker } from "node:worker_threads";
import { setImmediate as nextTurn } from "node:timers/promises";
import { PrivacyError } from "../core/index.ts";
import type { Kernels } from "./kernels.ts";
import type { HelperStart } from "./serve-thread.ts";
import {
  awaitQuiet,
  closeGate,
  countFailures,
  countInside,
  createControl,
  openJob,
  takeTicket,
} from "./thread-control.ts";

/** Helpers that work with the calling thread on one memory. */
export interface ThreadPool {
  /** Threads besides the calling one. */
  readonly helpers: number;
  /** Whether a helper died; then no job runs, and another pool has to be opened. */
  readonly isBroken: boolean;
  /** Something that every helper hears before it works on a later job; `messageOf(helper)` is posted to each. */
  tell(messageOf: (helper: number) => unknown): void;
  /**
   * Does tickets 0 … `tickets` − 1, each by one thread. The caller works too, and all of it alone where helpers are not
   * there yet or sleep. Afterwards no helper touches the memory.
   *
   * @throws PrivacyError `invalid_state` when a helper died: what the job wrote is not to be used.
   */
  run(job: readonly number[], tickets: number, work: (ticket: number) => void): Promise<void>;
  /** Gives the pool back; its threads end with its last user. */
  close(): Promise<void>;
}

const pools = new Map<string, { readonly pool: ThreadPool; users: number }>();

/**
 * A pool of `helpers` threads that run the module at `entry` (which calls `serveThread`). Pools of one entry and size are
 * shared; a helper sleeps between jobs and never keeps the process alive. Starting takes no time of the caller's: until
 * helpers are up, it works alone.
 */
export function openThreads(kernels: Kernels, entry: URL, helpers: number): ThreadPool {
  const key = `${helpers} ${entry.href}`;
  const known = pools.get(key);
  if (known !== undefined && !known.pool.isBroken) {
    known.users++;
    return known.pool;
  }
  const pool = startPool(kernels, entry, helpers, async (own, end) => {
    const entryOfPool = pools.get(key);
    if (entryOfPool?.pool !== own) return;
    entryOfPool.users--;
    if (entryOfPool.users > 0) return;
    pools.delete(key);
    await end();
  });
  pools.set(key, { pool, users: 1 });
  return pool;
}

function startPool(
  kernels: Kernels,
  entry: URL,
  count: number,
  release: (pool: ThreadPool, end: () => Promise<void>) => Promise<void>,
): ThreadPool {
  const control = createControl();
  let cause: unknown;
  let isBroken = false;
  const channels = Array.from({ length: count }, () => new MessageChannel());
  const workers = channels.map(({ port2: port }, index) => {
    const start: HelperStart = {
      share: kernels.share,
      control: control.words.buffer as SharedArrayBuffer,
      port,
      index,
    };
    const worker = new Worker(entry, { workerData: start, transferList: [port], execArgv: [], env: {} });
    worker.on("error", (error) => (cause ??= error));
    worker.on("exit", () => (isBroken = true));
    worker.unref();
    return worker;
  });
  for (const { port1 } of channels) port1.unref();
  const end = async (): Promise<void> => {
    isBroken = true;
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const fail = async (): Promise<never> => {
    // what a thread died of is an event of a later turn
    await nextTurn();
    await end();
    throw new PrivacyError(
      "invalid_state",
      "a thread of the gradient engine was to finish its share and died; the sum was dropped, the next one starts anew",
      { object: "threads", state: "a thread died" },
      { cause },
    );
  };
  const pool: ThreadPool = {
    helpers: count,
    get isBroken() {
      return isBroken;
    },
    tell(messageOf) {
      channels.forEach(({ port1 }, helper) => port1.postMessage(messageOf(helper)));
    },
    async run(job, tickets, work) {
      if (isBroken) return fail();
      openJob(control, job, tickets, count);
      let isQuiet = false;
      try {
        for (let t = takeTicket(control); t >= 0; t = takeTicket(control)) work(t);
      } finally {
        closeGate(control);
        // seen once is enough, and must not be asked again: a helper that wakes late counts itself in before it finds the
        // gate closed, and would be taken for one that died with a ticket
        isQuiet = awaitQuiet(control, 4);
        while (!isQuiet && !pool.isBroken) {
          // a helper is slow or dead: its end is an event, so events get their turn
          await nextTurn();
          isQuiet = countInside(control) === 0;
        }
        if (!isQuiet) await end();
      }
      if (!isQuiet || countFailures(control) !== 0) return fail();
    },
    close: () => release(pool, end),
  };
  return pool;
}
