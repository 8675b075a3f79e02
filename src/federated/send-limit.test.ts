import { describe, expect, it } from "vitest";
import { SendLimit } from "./send-limit.ts";

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** Transfers of `chunks` each that begin together; who was sent a chunk, in order. `tick` is called before each end. */
async function play(
  limit: SendLimit,
  transfers: number,
  chunks: number,
  tick = (): void => undefined,
): Promise<number[]> {
  const sent: number[] = [];
  const all = Array.from({ length: transfers }, async (_, k) => {
    const turn = limit.turn();
    for (let i = 0; i < chunks; i++) {
      await limit.begin(turn);
      sent.push(k);
    }
  });
  for (let ended = 0; ended < transfers * chunks; ended++) {
    await settle();
    tick();
    limit.end();
  }
  await Promise.all(all);
  return sent;
}

describe("chunks in the hands of the transport", () => {
  it("are never more than the limit, and all are sent", async () => {
    const limit = new SendLimit(3, () => 0);
    let [inHand, most] = [0, 0];
    const one = async (): Promise<void> => {
      const turn = limit.turn();
      for (let i = 0; i < 20; i++) {
        await limit.begin(turn);
        inHand += 1;
        most = Math.max(most, inHand);
        setTimeout(() => {
          inHand -= 1;
          limit.end();
        }, 0);
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
    const turns = last.map(() => limit.turn());
    const isOver = { value: false };
    const all = turns.map(async (turn, k) => {
      while (!isOver.value) {
        await limit.begin(turn);
        longest = Math.max(longest, nowMs - last[k]);
        last[k] = nowMs;
      }
    });
    for (let i = 0; i < 400; i++) {
      await settle();
      // a slow line
      nowMs += 100;
      limit.end();
    }
    isOver.value = true;
    for (let i = 0; i < 10; i++) {
      await settle();
      limit.end();
    }
    await Promise.all(all);
    expect(longest).toBeLessThanOrEqual(1_000 + 5 * 100);
    expect(last.every((ms) => ms > 38_000)).toBe(true);
  });
});
