import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { openKernels } from "./load-kernels.ts";
import { createQueue } from "./queue.ts";
import { type ThreadPool, openThreads } from "./threads.ts";

const entry = new URL("./thread.fixture.mjs", import.meta.url);
const kernels = openKernels();
const cells = (): Int32Array => {
  return new Int32Array(kernels.floats().buffer as ArrayBuffer, 64 * Math.ceil(kernels.base / 64), 1024);
};

const pools: ThreadPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** A pool that was told `word`, and its threads. */
async function start(helpers: number, word: number): Promise<{ pool: ThreadPool; workers: Worker[] }> {
  const workers: Worker[] = [];
  const note = (worker: Worker): void => void workers.push(worker);
  process.on("worker", note);
  const pool = openThreads(kernels, entry, helpers);
  // the event comes a turn later
  await sleep(1);
  process.off("worker", note);
  pools.push(pool);
  pool.tell(() => word);
  return { pool, workers };
}

/** Runs jobs until a helper has done a ticket of one. */
async function awaitHelper(pool: ThreadPool, word: number): Promise<void> {
  for (;;) {
    cells()[1023] = 0;
    await pool.run([3, word], 8, () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1));
    if (cells()[1023] > 0) return;
    await sleep(5);
  }
}

describe("a pool of threads", () => {
  it.each([1, 2, 3])("does every ticket once, with %d helpers, whether they are up yet or not", async (helpers) => {
    const { pool } = await start(helpers, 7);
    cells().fill(0);
    for (let job = 1; job <= 300; job++) {
      await pool.run([0, 7], 1000, (ticket) => void Atomics.add(cells(), ticket, 1));
      if (job % 100 === 0)
        expect(
          cells()
            .subarray(0, 1000)
            .every((count) => count === job),
        ).toBe(true);
      if (job % 50 === 0) await sleep(20);
    }
    await awaitHelper(pool, 7);
  });

  it("leaves helpers out that were not told what a job needs", async () => {
    const { pool } = await start(1, 7);
    await awaitHelper(pool, 7);
    let own = 0;
    await pool.run([0, 8], 500, () => void own++);
    expect(own).toBe(500);
  });

  it.each([
    { death: "ends in the middle of a ticket", kind: 1 },
    { death: "throws", kind: 2 },
  ])("refuses the job when a helper $death, and a new pool goes on", async ({ kind }) => {
    const { pool, workers } = await start(1, 9);
    await awaitHelper(pool, 9);
    const job = pool.run([kind, 9], 1000, () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1));
    if (kind === 1) void workers[0].terminate();
    await expect(job).rejects.toMatchObject({ code: "invalid_state", details: { state: "a thread died" } });
    expect(pool.isBroken).toBe(true);
    await expect(pool.run([0, 9], 1, () => {})).rejects.toThrow(/\[invalid_state\] .* died/);
    const next = await start(1, 9);
    expect(next.pool).not.toBe(pool);
    await awaitHelper(next.pool, 9);
  });

  it("takes no helper for dead that looks in when a job is over", async () => {
    const pool = openThreads(kernels, new URL("./restless-thread.fixture.mjs", import.meta.url), 1);
    pools.push(pool);
    await sleep(300);
    let done = 0;
    const until = performance.now() + 1_000;
    while (performance.now() < until) await pool.run([0], 1, () => void done++);
    expect(done).toBeGreaterThan(0);
    expect(pool.isBroken).toBe(false);
  });

  it("ends its threads with its last user, and not before", async () => {
    const [{ pool, workers }, second] = [await start(2, 1), await start(2, 1)];
    pools.length = 0;
    expect(second.pool).toBe(pool);
    expect([workers.length, second.workers.length]).toEqual([2, 0]);
    const ended = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    await pool.close();
    await awaitHelper(pool, 1);
    await pool.close();
    await Promise.all(ended);
    expect(pool.isBroken).toBe(true);
  });

  it("lets the process end while helpers sleep, and before they are up", () => {
    const dist = new URL("../../dist/kernels/index.js", import.meta.url).href;
    for (const wait of [0, 300]) {
      const script = `import { openKernels, openThreads } from ${JSON.stringify(dist)};
        openThreads(openKernels(), new URL(${JSON.stringify(entry.href)}), 2);
        setTimeout(() => console.log("done"), ${wait});`;
      const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
      expect(out.toString().trim()).toBe("done");
    }
  });
});

describe("a queue", () => {
  it("runs one piece of work at a time, also after one that fails", async () => {
    const exclusive = createQueue();
    let inside = 0;
    const work = async (fails: boolean): Promise<void> => {
      expect(++inside).toBe(1);
      await sleep(1);
      inside--;
      if (fails) throw new Error("on purpose");
    };
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, k) => exclusive(() => work(k % 3 === 0))));
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(7);
  });
});
