import { describe, expect, it, onTestFinished, vi } from "vitest";
import { SendLimit } from "./send-limit.ts";

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** A transport that takes a chunk out of memory when it is told to. */
class Line {
  readonly #ends: (() => void)[] = [];

  async send(): Promise<void> {
    await new Promise<void>((resolve) => this.#ends.push(resolve));
  }

  takeOne(): void {
    this.#ends.shift()?.();
  }
}

/** Transfers of `chunks` each that begin together; who was sent a chunk, in order. */
async function play(limit: SendLimit, transfers: number, chunks: number): Promise<number[]> {
  const line = new Line();
  const sent: number[] = [];
  const all = Array.from({ length: transfers }, async (_, k) => {
    const hand = limit.transfer();
    for (let i = 0; i < chunks; i++) {
      await hand(async () => {
        sent.push(k);
        await line.send();
      });
    }
  });
  for (let ended = 0; ended < transfers * chunks; ended++) {
    await settle();
    line.takeOne();
  }
  await Promise.all(all);
  return sent;
}

describe("chunks in the hands of the transport", () => {
  it("are never more than the limit, and all are sent", async () => {
    const limit = new SendLimit(3, () => 0);
    let [inHand, most] = [0, 0];
    const one = async (): Promise<void> => {
      const hand = limit.transfer();
      for (let i = 0; i < 20; i++) {
        await hand(async () => {
          inHand += 1;
          most = Math.max(most, inHand);
          await new Promise((resolve) => setTimeout(resolve, 0));
          inHand -= 1;
        });
      }
    };
    await Promise.all(Array.from({ length: 7 }, one));
    expect([most, inHand >= 0]).toEqual([3, true]);
  });

  it("are those of the transfer that began first, as long as it has any", async () => {
    const sent = await play(new SendLimit(1, () => 0), 3, 5);
    expect(sent).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
  });

  it("come to everybody within a second and a turn of the others, however long the first takes", async () => {
    let nowMs = 0;
    const last = [0, 0, 0, 0];
    let longest = 0;
    const limit = new SendLimit(1, () => nowMs);
    const line = new Line();
    const hands = last.map(() => limit.transfer());
    const isOver = { value: false };
    const all = hands.map(async (hand, k) => {
      while (!isOver.value) {
        await hand(async () => {
          longest = Math.max(longest, nowMs - last[k]);
          last[k] = nowMs;
          await line.send();
        });
      }
    });
    for (let i = 0; i < 400; i++) {
      await settle();
      // a slow line
      nowMs += 100;
      line.takeOne();
    }
    isOver.value = true;
    for (let i = 0; i < 10; i++) {
      await settle();
      line.takeOne();
    }
    await Promise.all(all);
    expect(longest).toBeLessThanOrEqual(1_000 + 5 * 100);
    expect(last.every((ms) => ms > 38_000)).toBe(true);
  });

  it("give way where a line takes nothing, which gets no further place until it does", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const limit = new SendLimit(2, () => 0);
    const [stalled, line] = [new Line(), new Line()];
    const begun: string[] = [];
    const transfer = async (name: string, on: Line): Promise<void> => {
      const hand = limit.transfer();
      for (let i = 0; i < 4; i++) {
        await hand(async () => {
          begun.push(name);
          await on.send();
        });
      }
    };
    const all = ["s", "t"].map(async (name) => await transfer(name, stalled));
    await settle();
    all.push(transfer("honest", line));
    await settle();
    expect(begun).toEqual(["s", "t"]);
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(1_100);
      line.takeOne();
    }
    await settle();
    expect(begun.filter((name) => name === "honest")).toHaveLength(4);
    // what was in hand, and what waited for a place already
    expect(begun.filter((name) => name !== "honest").length).toBeLessThanOrEqual(4);
    for (let i = 0; i < 8; i++) {
      stalled.takeOne();
      await settle();
    }
    await Promise.all(all);
    expect(begun).toHaveLength(12);
  });
});
