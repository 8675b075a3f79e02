import { describe, expect, it } from "vitest";
import { account } from "../../accounting/index.ts";
import { type RandomSource, operatingSystemRandom } from "../../core/random-source.ts";
import { distributedGaussian } from "./distributed-gaussian.ts";
import { rotation } from "./rotation.ts";

const random = operatingSystemRandom();
const rotationKey = new Uint8Array(32).fill(3);
const options = { length: 1000, l2ClipNorm: 2, noiseMultiplier: 1.5, survivors: 8, sites: 10, rotationKey };

const wave = (length: number, size: number): Float64Array => {
  const raw = Float64Array.from({ length }, (_, i) => Math.cos(3 * i));
  const norm = Math.sqrt(raw.reduce((square, value) => square + value * value, 0));
  return raw.map((value) => (size * value) / norm);
};

describe("the distributed discrete Gaussian", () => {
  it("costs hardly more than one Gaussian of the same multiplier on the clipped sum", () => {
    const { event } = distributedGaussian(options);
    const ours = account(event, { neighboring: "zero-out" }).guarantee({ delta: 1e-5 }).epsilon.upper;
    const ideal = account({ kind: "zcdp", rho: 1 / (2 * 1.5 ** 2), xi: 0 }, { neighboring: "zero-out" });
    const single = ideal.guarantee({ delta: 1e-5 }).epsilon.upper;
    expect(ours).toBeGreaterThanOrEqual(single);
    expect(ours).toBeLessThan(1.001 * single);
    expect(event).toMatchObject({ summands: 8, dimension: 1024 });
  });

  it("decodes the sum of clipped vectors with the noise of all sites and no more", () => {
    const { encode, decode, words } = distributedGaussian(options);
    const vector = wave(1000, 5);
    const sum = new Uint32Array(words);
    for (let site = 0; site < 10; site++) encode(vector, random).forEach((word, i) => (sum[i] += word));
    const decoded = decode(sum);
    // 10 vectors of norm 5, clipped to 2, and noise of deviation 1.5 · 2 · √(10/8) per element
    const stddev = 1.5 * 2 * Math.sqrt(10 / 8);
    const residual = decoded.map((value, i) => (value - 10 * vector[i] * (2 / 5)) / stddev);
    const square = residual.reduce((total, value) => total + value * value, 0);
    // chi-square with 1000 degrees of freedom: [736, 1309] is left with probability below 1e-9 on either side
    expect(square).toBeGreaterThan(736);
    expect(square).toBeLessThan(1309);
  });

  it("keeps every rounded vector within the norm that is priced: at noise that is hardly there", () => {
    const { encode, event, words } = distributedGaussian({ ...options, noiseMultiplier: 1e-8, survivors: 1, sites: 1 });
    for (let k = 0; k < 20; k++) {
      const encoded = new Int32Array(encode(wave(1000, 2), random).buffer);
      const norm = Math.sqrt(encoded.reduce((total, value) => total + value * value, 0));
      // noise has deviation event.stddev per element; its norm is below twice √words times that
      expect(norm).toBeLessThan(event.l2Sensitivity + 2 * event.stddev * Math.sqrt(words));
    }
  });

  it("gives the sum back element by element where the noise is small", () => {
    const { encode, decode, words } = distributedGaussian({ ...options, noiseMultiplier: 1e-6 });
    const vector = wave(1000, 5);
    const sum = new Uint32Array(words);
    for (let site = 0; site < 10; site++) encode(vector, random).forEach((word, i) => (sum[i] += word));
    decode(sum).forEach((value, i) => expect(value).toBeCloseTo(10 * vector[i] * (2 / 5), 4));
  });

  it("throws a rounding away that is beyond the priced norm, such as that of coins that all say up", () => {
    const length = 2 ** 16;
    let tries = 0;
    const upAtFirst: RandomSource = {
      kind: random.kind,
      fill(bytes) {
        if (bytes.length === 4 * length && ++tries === 1) bytes.fill(0);
        else random.fill(bytes);
      },
    };
    // a clip norm of some hundred steps: rounding 65,536 elements up adds a third of a square each, and a quarter is priced
    const { encode } = distributedGaussian({ ...options, length, noiseMultiplier: 1e6 });
    encode(wave(length, 2), upAtFirst);
    expect(tries).toBeGreaterThan(1);
  });

  it("rounds within a few tries also where the norm is so large that a long sum of squares would be off by more than the room", () => {
    const length = 2 ** 18;
    let tries = 0;
    const impatient: RandomSource = {
      kind: random.kind,
      fill(bytes) {
        if (bytes.length === 4 * length) tries += 1;
        // one try fails with probability 0.61 at most
        if (tries > 60) throw new Error("still rounding");
        random.fill(bytes);
      },
    };
    const { encode, event } = distributedGaussian({
      ...options,
      length,
      noiseMultiplier: 1e-8,
      survivors: 1,
      sites: 1,
    });
    const encoded = encode(wave(length, 5), impatient);
    expect(encoded).toHaveLength(length);
    expect(event.l2Sensitivity).toBeGreaterThan(1e11);
  });

  it("clips vectors whose norm is beyond doubles", () => {
    const { encode, decode } = distributedGaussian({ ...options, survivors: 1, sites: 1, noiseMultiplier: 1e-6 });
    const decoded = decode(encode(new Float64Array(1000).fill(1.7e308), random));
    expect(Math.hypot(...decoded)).toBeCloseTo(2, 3);
  });

  it("turns back what it turned and keeps the norm", () => {
    const turn = rotation(rotationKey, 64);
    const values = Float64Array.from({ length: 64 }, (_, i) => i * i);
    const turned = values.slice();
    turn.apply(turned);
    expect(Math.hypot(...turned)).toBeCloseTo(Math.hypot(...values), 8);
    // one large element no longer holds most of the norm
    expect(Math.max(...turned.map(Math.abs))).toBeLessThan(Math.hypot(...values) / 1.5);
    turn.undo(turned);
    turned.forEach((value, i) => expect(value).toBeCloseTo(values[i], 8));
  });

  it("takes huge and tiny vectors, and refuses NaN, infinity, another length and options out of range", () => {
    const { encode } = distributedGaussian(options);
    for (const size of [1e300, 1e-300, 0]) encode(new Float64Array(1000).fill(size), random);
    for (const bad of [NaN, Infinity]) {
      expect(() => encode(new Float64Array(1000).fill(bad), random)).toThrow(/finite numbers/);
    }
    expect(() => encode(new Float64Array(3), random)).toThrow(/1000 elements/);
    const changes = [
      { l2ClipNorm: 0 },
      { l2ClipNorm: NaN },
      // of a vector of norm 3e22 nothing could be scaled to it with as many digits as rounding needs
      { l2ClipNorm: 1e-300 },
      { l2ClipNorm: 1e300 },
      { noiseMultiplier: 0 },
      { noiseMultiplier: Infinity },
      { survivors: 11 },
      { survivors: 0 },
      { sites: 0 },
      { length: 0 },
      { rotationKey: new Uint8Array(31) },
      { noiseMultiplier: 1e-12 },
    ];
    for (const change of changes) {
      const [name] = Object.keys(change);
      expect(() => distributedGaussian({ ...options, ...change })).toThrow(name);
    }
  });
});
