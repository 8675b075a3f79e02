import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalQuantile } from "../numeric/index.ts";
import { seededRandom } from "../testing/index.ts";
import { type LiraMode, type LiraVariance, difficultyCalibrated, lira, rmia, rmiaRatios, rocCurve } from "./index.ts";

const seeded = { seed: 20263, numRuns: 40 };
const modes: readonly LiraMode[] = ["online", "offline"];
const variances: readonly LiraVariance[] = ["global", "per-record", "shrunk"];
const kinds = modes.flatMap((mode) => variances.map((variance) => ({ mode, variance })));

/** A signal in (−10, 10) that looks random, from a seed and a place. */
function signal(seed: number, model: number, record: number): number {
  const x = Math.sin(seed * 0.618 + model * 12.9898 + record * 78.233) * 43_758.5453;
  return 20 * (x - Math.floor(x)) - 10;
}

/** A game with at least two IN and two OUT shadows per record; the last row is the target. */
const game = fc
  .record({
    models: fc.integer({ min: 6, max: 10 }),
    records: fc.integer({ min: 1, max: 12 }),
    seed: fc.integer({ min: 0, max: 99_999 }),
  })
  .map(({ models, records, seed }) => {
    const table = <T>(cell: (k: number, i: number) => T): T[][] =>
      Array.from({ length: models }, (_, k) => Array.from({ length: records }, (_, i) => cell(k, i)));
    return {
      phi: table((k, i) => signal(seed, k, i)),
      membership: table((k, i) => (k < 4 ? k % 2 === 0 : signal(seed + 1, k, i) > 0)),
      target: models - 1,
    };
  });

function isClose(a: Float64Array, b: Float64Array, tolerance: number): boolean {
  return a.every((x, i) => x === b[i] || Math.abs(x - b[i]) <= tolerance * Math.max(1, Math.abs(x), Math.abs(b[i])));
}

/** Shadows that agree to the last digits make every score ill-conditioned; laws are for the rest. */
const isSpread = (phi: readonly (readonly number[])[]): boolean =>
  (phi[0] ?? []).every((_, i) => Math.abs(phi[0][i] - phi[2][i]) > 0.01 && Math.abs(phi[1][i] - phi[3][i]) > 0.01);

describe.each(kinds)("LiRA, $mode with $variance variance", (kind) => {
  it("does not change when every signal is shifted and scaled", () => {
    fc.assert(
      fc.property(game, fc.double({ min: 0.1, max: 10, noNaN: true }), fc.integer({ min: -5, max: 5 }), (g, a, b) => {
        fc.pre(isSpread(g.phi));
        const moved = g.phi.map((row) => row.map((x) => a * x + b));
        expect(isClose(lira({ ...g, ...kind }), lira({ ...g, ...kind, phi: moved }), 1e-6)).toBe(true);
      }),
      seeded,
    );
  });

  it("does not change when each record is shifted by a constant of its own", () => {
    fc.assert(
      fc.property(game, (g) => {
        fc.pre(isSpread(g.phi));
        const moved = g.phi.map((row) => row.map((x, i) => x + 3 * i - 7));
        expect(isClose(lira({ ...g, ...kind }), lira({ ...g, ...kind, phi: moved }), 1e-6)).toBe(true);
      }),
      seeded,
    );
  });

  it("permutes with the records and does not depend on the order of the shadows", () => {
    fc.assert(
      fc.property(game, (g) => {
        fc.pre(isSpread(g.phi));
        const plain = lira({ ...g, ...kind });
        const flipped = lira({
          ...kind,
          phi: g.phi.map((row) => row.toReversed()),
          membership: g.membership.map((row) => row.toReversed()),
          target: g.target,
        });
        expect(isClose(plain.toReversed(), flipped, 1e-6)).toBe(true);
        const turned = lira({ ...kind, phi: g.phi.toReversed(), membership: g.membership.toReversed(), target: 0 });
        expect(isClose(plain, turned, 1e-6)).toBe(true);
      }),
      seeded,
    );
  });

  it("looks neither at the target's own membership nor at excluded rows", () => {
    fc.assert(
      fc.property(game, (g) => {
        fc.pre(isSpread(g.phi));
        const other = g.membership.with(
          g.target,
          g.membership[g.target].map((bit) => !bit),
        );
        expect(lira({ ...g, ...kind, membership: other })).toEqual(lira({ ...g, ...kind }));
        const longer = {
          phi: [...g.phi, g.phi[0].map(() => 19)],
          membership: [...g.membership, g.membership[0]],
          exclude: [g.phi.length],
        };
        expect(lira({ ...g, ...kind, ...longer })).toEqual(lira({ ...g, ...kind }));
      }),
      seeded,
    );
  });
});

describe("offline LiRA", () => {
  it("never falls when the target grows more confident", () => {
    fc.assert(
      fc.property(game, fc.constantFrom(...variances), (g, variance) => {
        fc.pre(isSpread(g.phi));
        const surer = g.phi.with(
          g.target,
          g.phi[g.target].map((x) => x + 1),
        );
        const [low, high] = [g.phi, surer].map((phi) => lira({ ...g, phi, mode: "offline", variance }));
        expect(high.every((score, i) => score >= low[i])).toBe(true);
      }),
      seeded,
    );
  });
});

describe("RMIA", () => {
  it("counts what a loop over the population counts, and ranks as its ratio does", () => {
    fc.assert(
      fc.property(game, fc.constantFrom(...modes), fc.double({ min: 1, max: 3, noNaN: true }), (g, mode, gamma) => {
        const phiPopulation = g.phi.map((row, k) => [0, 1, 2, 3, 4].map((z) => Math.sin(k + 10 * z) * 5 + row[0] / 9));
        const ratios = rmiaRatios({ ...g, mode });
        const counts = rmia({ ...g, mode, gamma, phiPopulation });
        const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
        const bars = [0, 1, 2, 3, 4].map((z) => {
          const all = phiPopulation.filter((_, k) => k !== g.target).map((row) => sigmoid(row[z]));
          const mean = all.reduce((a, b) => a + b, 0) / all.length;
          return sigmoid(phiPopulation[g.target][z]) / ((1.3 * mean + 0.7) / 2);
        });
        ratios.forEach((r, i) => {
          // a bar within rounding of the ratio may count either way
          const least = bars.filter((bar) => r >= gamma * bar * (1 + 1e-9)).length / 5;
          const most = bars.filter((bar) => r >= gamma * bar * (1 - 1e-9)).length / 5;
          expect(counts[i]).toBeGreaterThanOrEqual(least);
          expect(counts[i]).toBeLessThanOrEqual(most);
        });
        for (let i = 1; i < ratios.length; i++) {
          if (ratios[i] > ratios[i - 1]) expect(counts[i]).toBeGreaterThanOrEqual(counts[i - 1]);
        }
      }),
      seeded,
    );
  });
});

describe("on records whose signals are Gaussian with means one standard deviation apart", () => {
  // 65 models, 4000 records; the best possible AUC is Φ(1/√2) = 0.76025, and the estimated one has a standard error
  // of about 0.0076. Six of them on either side: a false alarm less than once in 1e9 seeds.
  const { phi, membership } = gaussianGame(65, 4000);
  const aucOf = (scores: Float64Array): number =>
    rocCurve(
      scores.filter((_, i) => membership[64][i]),
      scores.filter((_, i) => !membership[64][i]),
    ).auc;

  it("LiRA with a global variance attains the AUC of the exact likelihood ratio", () => {
    const auc = aucOf(lira({ phi, membership, target: 64, mode: "online", variance: "global" }));
    expect(Math.abs(auc - 0.76025)).toBeLessThan(0.046);
  });

  it("shrinking costs next to nothing, estimating every variance alone costs more, no loss beats a shadow attack", () => {
    const shrunk = aucOf(lira({ phi, membership, target: 64, mode: "online", variance: "shrunk" }));
    const alone = aucOf(lira({ phi, membership, target: 64, mode: "online", variance: "per-record" }));
    const plain = aucOf(Float64Array.from(phi[64]));
    const calibrated = aucOf(
      difficultyCalibrated({
        losses: phi.map((row) => row.map((x) => -x)),
        membership,
        target: 64,
        calibration: "in-and-out",
      }),
    );
    expect(shrunk).toBeGreaterThan(0.76025 - 0.05);
    expect(alone).toBeGreaterThan(0.6);
    expect(calibrated).toBeGreaterThan(plain + 0.05);
    expect(shrunk).toBeGreaterThan(plain + 0.05);
  });
});

function gaussianGame(models: number, records: number): { phi: number[][]; membership: boolean[][] } {
  const words = new Uint32Array(models * records * 2 + records);
  draw(seededRandom("gaussian-game"), new Uint8Array(words.buffer));
  let next = 0;
  const uniform = (): number => (words[next++] + 0.5) / 2 ** 32;
  const difficulty = Array.from({ length: records }, () => 3 * normalQuantile(uniform()));
  const membership = Array.from({ length: models }, () => Array.from({ length: records }, () => uniform() < 0.5));
  const phi = membership.map((row) => row.map((bit, i) => difficulty[i] + Number(bit) + normalQuantile(uniform())));
  return { phi, membership };
}

function draw(source: ReturnType<typeof seededRandom>, bytes: Uint8Array): void {
  source.fill(bytes);
}
