import type { CardMetric, CardUtility } from "./card.ts";
import { isNotAvailable, notAvailable } from "./not-available.ts";

const reason = "measured without noise on records that the guarantee protects, so it is not published";

/** Whether publishing the metric would release something about protected records that nothing has priced. */
export function isUnpricedRelease(metric: CardMetric): boolean {
  return metric.isSplitPrivate && !metric.isPrivateRelease;
}

function withhold(metric: CardMetric): CardMetric {
  if (!isUnpricedRelease(metric)) return metric;
  return { ...metric, value: notAvailable(reason), interval: notAvailable(reason) };
}

/** Takes out of the card every value that would be an unpriced release; its name and split stay, its number does not. */
export function withholdPrivateMetrics(utility: CardUtility): CardUtility {
  const { baselineNonPrivate, subgroups } = utility;
  return {
    metrics: utility.metrics.map(withhold),
    baselineNonPrivate: isNotAvailable(baselineNonPrivate) ? baselineNonPrivate : baselineNonPrivate.map(withhold),
    subgroups: isNotAvailable(subgroups)
      ? subgroups
      : subgroups.map((group) =>
          isUnpricedRelease(group.metric)
            ? {
                ...group,
                metric: withhold(group.metric),
                gapToOverall: notAvailable(reason),
                gapToNonPrivate: notAvailable(reason),
              }
            : group,
        ),
  };
}
