import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { type CheckedGroups, type GroupCheck, requireEqualGroups } from "./group-check.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import { perceptron, testNumbers } from "./models.fixture.ts";

/** Made-up gradients of five rows in groups of three and two, and their sums as an engine would report them. */
function honest(): { check: GroupCheck; grouped: CheckedGroups } {
  const model = perceptron(4, 3, 2);
  const weights = trainableWeights(viewModel(model));
  const groupSizes = Uint32Array.of(3, 2);
  const next = testNumbers(71);
  const size = weights.map((weight) => weight.read().size);
  const rows = [3, 3, 3, 2, 2].map((count) =>
    size.map((length) => Array.from({ length }, () => (2 * next() - 1) / count)),
  );
  const add = (list: readonly number[][][]): number[][] =>
    size.map((length, w) => Array.from({ length }, (_, k) => list.reduce((sum, row) => sum + row[w][k], 0)));
  const normOf = (gradient: readonly number[][]): number => Math.hypot(...gradient.flat());
  const sums = new Map(weights.map(({ id }, w) => [id, Float64Array.from(add(rows)[w])]));
  const grouped = {
    norms: Float64Array.of(normOf(add(rows.slice(0, 3))), normOf(add(rows.slice(3)))),
    sums,
    step: 2 ** -30,
  };
  const single = { norms: Float64Array.from(rows, normOf), sums, step: 2 ** -30 };
  return { check: { model, weights, groupSizes, grouped, single }, grouped };
}

describe("the check of groups", () => {
  beforeAll(() => useBackend("cpu"));

  it("passes an engine whose groups are the means of their rows", () => {
    expect(() => requireEqualGroups(honest().check)).not.toThrow();
  });

  it("takes weights of a million entries", () => {
    const { check } = honest();
    const [weight] = check.weights;
    const sums = new Map([[weight.id, new Float64Array(2 ** 20)]]);
    const one = { norms: check.single.norms, sums, step: 1 };
    const grouped = { ...one, norms: check.grouped.norms };
    expect(() => requireEqualGroups({ ...check, weights: [weight], grouped, single: one })).not.toThrow();
  });

  it("D1 refuses sums that are not, in one weight only, and what is no number", () => {
    const { check, grouped } = honest();
    const [id, values] = [...grouped.sums].at(-1) ?? [0, new Float64Array()];
    for (const wrong of [values.map((v) => 2 * v), values.map(() => NaN), values.slice(1)]) {
      const sums = new Map([...grouped.sums, [id, wrong]]);
      expect(() => requireEqualGroups({ ...check, grouped: { ...grouped, sums } })).toThrow(
        /rows that belong together/,
      );
    }
  });

  it("D2 refuses a norm beyond those of the rows, a sum in the place of a mean for one", () => {
    const { check, grouped } = honest();
    const norms = grouped.norms.map((norm, group) => norm * [9, 1][group]);
    expect(() => requireEqualGroups({ ...check, grouped: { ...grouped, norms } })).toThrow(/rows that belong together/);
  });
});
