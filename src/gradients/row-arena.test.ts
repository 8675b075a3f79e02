import { describe, expect, it } from "vitest";
import { openArena, withScratch } from "./row-arena.ts";

describe("the memory of a sum", () => {
  it("gives room that does not overlap, and takes back what a body took", () => {
    const arena = openArena();
    const first = arena.take(5);
    const inner = arena.within(() => arena.take(3));
    expect(inner).toBeGreaterThanOrEqual(first + 4 * 5);
    expect(arena.take(3)).toBe(inner);
  });

  it("leaves what a sum holds alone while the way forward and back works beside it", () => {
    const arena = openArena();
    const own = arena.take(4);
    arena.write(own, [1, 2, 3, 4]);
    withScratch((scratch) => scratch.write(scratch.take(100), new Float32Array(100).fill(7)));
    expect([...arena.singles(own, 4)]).toEqual([1, 2, 3, 4]);
  });

  it("refuses a sum that another one has ended, rather than write over its numbers", () => {
    const arena = openArena();
    openArena();
    expect(() => arena.take(1)).toThrow(/another sum was started/);
  });

  it("grows", () => {
    const arena = openArena();
    const far = arena.take(2 ** 22);
    arena.write(far + 4 * (2 ** 22 - 1), [5]);
    expect(arena.singles(far, 2 ** 22).at(-1)).toBe(5);
  });
});
