import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  account,
  composed,
  gaussian,
  laplace,
  poissonSampled,
  selfComposed,
} from "../src/accounting/index.ts";

const neighboring = "add-or-remove-one";

/** Marsaglia's xorshift128: enough for an experiment, and the same one on every machine. */
function uniforms(seed: number): () => number {
  let [x, y, z, w] = [seed, 362_436_069, 521_288_629, 88_675_123];
  return () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return ((w >>> 0) + 0.5) / 2 ** 32;
  };
}

function normals(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function laplaces(uniform: () => number): () => number {
  return () => {
    const u = uniform() - 0.5;
    return -Math.sign(u) * Math.log1p(-2 * Math.abs(u));
  };
}

/** The rate whose binomial has at most exp(−nats) chance of a share as extreme: Chernoff's bound, on the side asked for. */
function rateBound(hits: number, trials: number, side: "least" | "most", nats: number): number {
  const share = hits / trials;
  const far = (p: number): number => {
    const one = share === 0 ? 0 : share * Math.log(share / p);
    const other = share === 1 ? 0 : (1 - share) * Math.log((1 - share) / (1 - p));
    return trials * (one + other);
  };
  let [inside, beyond] = [share, side === "least" ? 0 : 1];
  for (let i = 0; i < 60; i++) {
    const middle = (inside + beyond) / 2;
    if (far(middle) < nats) inside = middle;
    else beyond = middle;
  }
  return beyond;
}

/** One run of a mechanism on a query that is 1 with the record and 0 without it: its privacy loss, log(P/Q). */
interface Experiment {
  readonly name: string;
  readonly event: DpEvent;
  readonly epsilon: number;
  readonly loss: (isPresent: boolean, uniform: () => number) => number;
}

function sampledLoss(q: number, z: number, steps: number): Experiment["loss"] {
  return (isPresent, uniform) => {
    const normal = normals(uniform);
    let loss = 0;
    for (let t = 0; t < steps; t++) {
      const x = (isPresent && uniform() < q ? 1 : 0) + z * normal();
      loss += Math.log1p(q * Math.expm1((2 * x - 1) / (2 * z * z)));
    }
    return loss;
  };
}

const experiments: readonly Experiment[] = [
  {
    name: "ten Poisson-sampled Gaussians, q 0.3, z 1",
    event: selfComposed(poissonSampled(0.3, gaussian(1)), 10),
    epsilon: 1,
    loss: sampledLoss(0.3, 1, 10),
  },
  {
    name: "a Gaussian and two Laplace mechanisms",
    event: composed(gaussian(2), selfComposed(laplace(3), 2)),
    epsilon: 0.5,
    loss: (isPresent, uniform) => {
      const [at, noise] = [isPresent ? 1 : 0, laplaces(uniform)];
      let loss = (2 * (at + 2 * normals(uniform)()) - 1) / 8;
      for (let t = 0; t < 2; t++) {
        const x = at + 3 * noise();
        loss += (Math.abs(x) - Math.abs(x - 1)) / 3;
      }
      return loss;
    },
  },
  {
    name: "five Poisson-sampled Laplace mechanisms, q 0.5, scale 1",
    event: selfComposed(poissonSampled(0.5, laplace(1)), 5),
    epsilon: 0.8,
    loss: (isPresent, uniform) => {
      const noise = laplaces(uniform);
      let loss = 0;
      for (let t = 0; t < 5; t++) {
        const x = (isPresent && uniform() < 0.5 ? 1 : 0) + noise();
        loss += Math.log1p(0.5 * Math.expm1(Math.abs(x) - Math.abs(x - 1)));
      }
      return loss;
    },
  },
];

const trials = 60_000;
/** e^−23 is 1e-10 a bound; three experiments have six. */
const nats = 23.1;

describe("the mechanisms themselves, run and counted", () => {
  for (const { name, event, epsilon, loss } of experiments) {
    // false alarms: at most 2e-10 for a sound accountant
    it(`A30: ${name}: no attack that was tried exceeds delta, and the best comes near it`, () => {
      const uniform = uniforms(20_261_125);
      const count = (isPresent: boolean): number => {
        let hits = 0;
        for (let i = 0; i < trials; i++) if (loss(isPresent, uniform) > epsilon) hits++;
        return hits;
      };
      const [present, absent] = [count(true), count(false)];
      const least =
        rateBound(present, trials, "least", nats) - Math.exp(epsilon) * rateBound(absent, trials, "most", nats);
      const found = account(event, { neighboring }).delta({ epsilon });
      expect(least).toBeLessThanOrEqual(found.upper);
      // the experiment would notice a claim of half the truth
      expect(least).toBeGreaterThan(0.5 * found.lower);
      const seen = (present - Math.exp(epsilon) * absent) / trials;
      expect(seen).toBeGreaterThan(0.85 * found.lower);
      expect(seen).toBeLessThan(1.15 * found.upper);
    });
  }
});
