import { invalidArgument } from "../core/index.ts";
import { normalQuantile } from "../numeric/index.ts";
import type { RateInterval } from "./clopper-pearson.ts";
import type { RocCurve } from "./roc.ts";

/**
 * An approximate confidence interval of an AUC: the wider of DeLong's normal interval and Newcombe's score interval.
 * DeLong's alone collapses to a point at perfect separation and for constant scores, where it claims to know everything.
 *
 * @param roc - from `rocCurve`.
 * @param confidence - in (0, 1), usually 0.95.
 * @throws PrivacyError `invalid_argument`.
 * @guarantee None in finite samples: coverage is asymptotic, for independent records.
 * @source DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44(3); Newcombe 2006, Statistics in Medicine 25(4),
 *   pp. 559-573, method 5.
 */
export function aucInterval(roc: RocCurve, confidence: number): RateInterval {
  if (!(confidence > 0 && confidence < 1)) throw invalidArgument("confidence", "a number in (0, 1)", confidence);
  const z = normalQuantile(0.5 + confidence / 2);
  const reach = z * (roc.aucDeLongSe ?? 0);
  return Object.freeze({
    lower: Math.max(0, Math.min(roc.auc - reach, scoreLimit(roc, z, 0))),
    upper: Math.min(1, Math.max(roc.auc + reach, scoreLimit(roc, z, 1))),
    confidence,
  });
}

/** The θ between the AUC and `end` at which (AUC − θ)² = z² V(θ); the excess is negative at the AUC, positive at the end. */
function scoreLimit(roc: RocCurve, z: number, end: 0 | 1): number {
  const { auc, members, nonMembers } = roc;
  const size = (members + nonMembers) / 2 - 1;
  const excess = (t: number): number => {
    const shape = 1 + size * ((1 - t) / (2 - t) + t / (1 + t));
    return (t - auc) ** 2 - (z * z * t * (1 - t) * shape) / (members * nonMembers);
  };
  let [near, far] = [auc, end as number];
  for (let i = 0; i < 60; i++) {
    const middle = (near + far) / 2;
    if (excess(middle) < 0) near = middle;
    else far = middle;
  }
  return far;
}
