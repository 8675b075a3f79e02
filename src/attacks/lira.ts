import { invalidArgument } from "../core/index.ts";
import { logNormalCdf } from "../numeric/index.ts";
import type { NumberTable } from "./argument.ts";
import { type Moments, type ShadowInput, checkCoverage, momentsOf, readShadowSet } from "./shadow-set.ts";

/** With IN and OUT shadow models, or with OUT models alone. */
export type LiraMode = "online" | "offline";

/**
 * Where a record's spread over shadow models comes from: one value for all records, its own shadows, or its own pulled
 * toward the common one (best with 4 to 64 shadow models).
 */
export type LiraVariance = "global" | "per-record" | "shrunk";

export interface LiraInput extends ShadowInput {
  /** Logit-scaled confidence φ `[models][records]` (see `logitMargins`), finite. */
  readonly phi: NumberTable;
  readonly mode: LiraMode;
  readonly variance: LiraVariance;
}

// the common variance counts as much as this many shadow models
const SHRINKAGE = 8;
// a record whose shadows all agree would otherwise score ±Infinity
const LEAST_SPREAD = 1e-3;

/**
 * The likelihood-ratio attack. Per record, φ over the shadow models that trained on it, and over those that did not, is
 * modelled by a Gaussian each; the score of the target's φ is
 *
 *   online:   log N(φ; μ_in, s²_in) − log N(φ; μ_out, s²_out)
 *   offline:  log Φ((φ − μ_out) / s_out), one-sided: a record *below* its OUT mean is never member-like
 *
 * Variances: `global` is the pooled within-record residual variance of each side; `per-record` divides by the count and
 * is floored at 1e-3 of the global standard deviation; `shrunk` is (8 g + n v) / (8 + n), with the same n (the smaller
 * of the record's IN and OUT counts) on both sides, so that counts cannot give membership away. Offline, n is the OUT count.
 *
 * @param input.phi - `[models][records]`.
 * @param input.membership - `[models][records]`; the target's twin (exactly the other half of at least 32 records) is left out.
 * @param input.target - row of the model under attack.
 * @returns scores `[records]`, higher = more member-like.
 * @throws PrivacyError `invalid_argument`, naming the argument: shapes, non-finite φ, a record that too few shadows cover
 *   (one a side; two for `per-record`), or shadow models that do not differ.
 * @guarantee None: an estimate of leakage, in either direction.
 * @source Carlini, Chien, Nasr, Song, Terzis, Tramèr, IEEE S&P 2022, arXiv:2112.03570, algorithm 1
 *   and its offline variant;
 *   shrinkage of a variance toward the pooled one: Efron, Morris 1975, JASA 70(350).
 */
export function lira(input: LiraInput): Float64Array {
  const set = readShadowSet(input.phi, "phi", input);
  const least = input.variance === "per-record" ? 2 : 1;
  const out = momentsOf(set, 0);
  checkCoverage(out, least, "OUT");
  switch (input.mode) {
    case "online": {
      const inside = momentsOf(set, 1);
      checkCoverage(inside, least, "IN");
      const n = out.count.map((count, i) => Math.min(count, inside.count[i]));
      return scoreOnline(set.observed, inside, spread(inside, n, input.variance), out, spread(out, n, input.variance));
    }
    case "offline": {
      const stddev = spread(out, out.count, input.variance);
      return set.observed.map((phi, i) => logNormalCdf((phi - out.mean[i]) / stddev[i]));
    }
  }
  throw invalidArgument("mode", '"online" or "offline"', input.mode);
}

function scoreOnline(
  observed: Float64Array,
  inside: Moments,
  insideStddev: Float64Array,
  out: Moments,
  outStddev: Float64Array,
): Float64Array {
  return observed.map((phi, i) => {
    const zIn = (phi - inside.mean[i]) / insideStddev[i];
    const zOut = (phi - out.mean[i]) / outStddev[i];
    return Math.log(outStddev[i] / insideStddev[i]) + (zOut * zOut - zIn * zIn) / 2;
  });
}

/** Standard deviations `[records]`, all > 0. */
function spread(moments: Moments, n: Int32Array, kind: LiraVariance): Float64Array {
  const common = moments.pooled;
  if (!(common > 0)) {
    throw invalidArgument(
      "phi",
      "signals that vary between shadow models of one record",
      "none that do",
      "train at least two shadow models a side, from different seeds",
    );
  }
  switch (kind) {
    case "global":
      return new Float64Array(moments.variance.length).fill(Math.sqrt(common));
    case "per-record":
      return moments.variance.map((v) => Math.max(Math.sqrt(v), LEAST_SPREAD * Math.sqrt(common)));
    case "shrunk":
      return moments.variance.map((v, i) => Math.sqrt((SHRINKAGE * common + n[i] * v) / (SHRINKAGE + n[i])));
  }
  throw invalidArgument("variance", '"global", "per-record" or "shrunk"', kind);
}
