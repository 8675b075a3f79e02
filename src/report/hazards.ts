import type { CardHazard, PrivacyCard } from "./card.ts";
import { isNotAvailable } from "./not-available.ts";
import { printPercentUp, printRoundedUp } from "./printed-number.ts";
import { isUnpricedRelease } from "./withheld-metrics.ts";

/** The parts of a card that the hazards are read from. */
export type HazardFacts = Pick<
  PrivacyCard,
  "threatModel" | "guarantee" | "scope" | "mechanism" | "randomness" | "utility" | "empirical" | "summary"
>;

type Finding = Pick<CardHazard, "status" | "note">;

interface HazardRule {
  readonly id: string;
  readonly title: string;
  readonly find: (facts: HazardFacts) => Finding;
}

const clear = (note: string): Finding => ({ status: "clear", note });
const present = (note: string): Finding => ({ status: "present", note });
const unknown = (note: string): Finding => ({ status: "unknown", note });

function epsilonTooLarge({ guarantee }: HazardFacts): Finding {
  if (guarantee.epsilon === Infinity) return present("No guarantee is claimed.");
  const shown = printRoundedUp(guarantee.epsilon);
  if (guarantee.epsilon > 10) return present(`ε = ${shown} is above 10.`);
  return clear(`ε = ${shown}. Never compare it with an ε for another unit or relation.`);
}

function deltaNotSmall({ guarantee }: HazardFacts): Finding {
  const { deltaJustification } = guarantee;
  if (isNotAvailable(deltaJustification.expectedDisclosures)) return unknown(deltaJustification.warning);
  if (deltaJustification.warning !== "") return present(deltaJustification.warning);
  return clear(deltaJustification.text);
}

function unitSmallerThanPerson({ guarantee }: HazardFacts): Finding {
  if (guarantee.unit === "user" || guarantee.unit === "client") return clear(`The unit is one ${guarantee.unit}.`);
  return unknown(
    `The unit is one ${guarantee.unit} (${guarantee.unitDetails}). A person with several of them is protected less: see group privacy.`,
  );
}

function uncomposedReleases({ scope }: HazardFacts): Finding {
  const open = scope.otherReleases.filter((release) => isNotAvailable(release.composedEpsilon));
  if (open.length > 0)
    return present(`${open.length} other release(s) of the same data are not composed with this one.`);
  if (scope.otherReleases.length > 0) return clear("Every other release that is declared is composed.");
  return clear("No other release of the same data is declared.");
}

function unpricedReleases({ utility, empirical }: HazardFacts): Finding {
  const withheld = utility.metrics.filter(isUnpricedRelease).length;
  if (empirical.attacks.length > 0) {
    return present("Attack results are measured on members without noise: publishing them is outside the guarantee.");
  }
  if (withheld > 0) return clear(`${withheld} metric(s) measured on protected records are withheld from this card.`);
  return clear("No number on this card was measured on protected records.");
}

function unpricedTuning({ scope }: HazardFacts): Finding {
  if (scope.tuning.accounted) return clear(`Tuning (${scope.tuning.method}) is accounted for.`);
  if (!isNotAvailable(scope.tuning.runs) && scope.tuning.runs === 0) return clear("Nothing was tuned on this data.");
  return present(`Tuning (${scope.tuning.method}) touched the data and is not in ε.`);
}

function handMadeMechanism({ randomness }: HazardFacts): Finding {
  if (randomness.floatHardening === "none") {
    return present("Noise is added in plain floating point: low-order bits may betray the data.");
  }
  return clear(`Noise is ${randomness.floatHardening}; sampler and rounding are the library's.`);
}

function samplingMismatch({ mechanism }: HazardFacts): Finding {
  const { assumed, actual, match } = mechanism.sampling;
  return match ? clear(`Priced and run: ${assumed}.`) : present(`Priced: ${assumed}; run: ${actual}.`);
}

function trustConfusion({ threatModel }: HazardFacts): Finding {
  const trusted = threatModel.trustedParties.join(", ");
  if (threatModel.setting === "local") return clear("Local: nobody but the data subject is trusted.");
  return trusted === "" ? unknown("No trusted party is named.") : clear(`Trusted with raw data: ${trusted}.`);
}

function smallGroups({ utility }: HazardFacts): Finding {
  if (isNotAvailable(utility.subgroups)) return unknown(`No subgroup was measured: ${utility.subgroups.notAvailable}`);
  return clear(`${utility.subgroups.length} subgroup(s) are shown under utility; noise costs small groups most.`);
}

function attackAboveBound({ empirical, guarantee }: HazardFacts): Finding {
  if (empirical.verdict === "not-run") return unknown("No attack was run.");
  if (empirical.verdict === "inconsistent") return present("A valid lower bound on ε lies above the claim.");
  for (const attack of empirical.attacks) {
    for (const point of attack.tprAtFpr) {
      // The bound grows with the rate, so the next tabulated rate is a bound here too.
      const bound = guarantee.attackBounds.find((b) => b.fpr >= point.fpr)?.maxTpr ?? 1;
      if (!isNotAvailable(point.interval) && point.interval.low > bound) {
        return present(`${attack.name} finds more members at ${printPercentUp(point.fpr)} than the bound allows.`);
      }
    }
  }
  return clear("No attack exceeded the bound. This does not prove the claim.");
}

const rules: readonly HazardRule[] = [
  { id: "epsilon-too-large", title: "Epsilon too large to mean much", find: epsilonTooLarge },
  { id: "delta-not-small", title: "Delta not small against one in N", find: deltaNotSmall },
  { id: "unit-smaller-than-person", title: "Unit smaller than a person", find: unitSmallerThanPerson },
  {
    id: "unbounded-contributions",
    title: "Unbounded contributions of one unit",
    find: ({ guarantee: { contributionBound } }) =>
      clear(`At most ${contributionBound.max} per unit, enforced by ${contributionBound.howEnforced}.`),
  },
  { id: "releases-not-composed", title: "Releases not composed", find: uncomposedReleases },
  { id: "unpriced-releases", title: "Releases outside the guarantee", find: unpricedReleases },
  { id: "unpriced-tuning", title: "Tuning on the data outside the guarantee", find: unpricedTuning },
  { id: "hand-made-mechanism", title: "Hand-made mechanism, floating point", find: handMadeMechanism },
  {
    id: "predictable-noise",
    title: "Predictable noise",
    find: ({ randomness }) =>
      randomness.source === "operating-system"
        ? clear("Noise comes from the operating system's generator.")
        : present("Noise comes from a seeded test generator."),
  },
  { id: "sampling-mismatch", title: "Sampling priced is not sampling run", find: samplingMismatch },
  { id: "trust-model", title: "Trust model unclear", find: trustConfusion },
  { id: "attack-above-bound", title: "Measured leakage above the claim", find: attackAboveBound },
  { id: "small-groups", title: "Bias against small groups", find: smallGroups },
  {
    id: "timing",
    title: "Timing and other side channels",
    find: () => unknown("Not measured; the time of a step depends on its batch."),
  },
  {
    id: "raw-data-security",
    title: "Security of the raw data",
    find: () => unknown("Outside the guarantee: who can read the raw data needs no attack."),
  },
];

/**
 * Checks the card against the hazards that make a correct number misleading.
 *
 * @source NIST SP 800-226 (March 2025, doi:10.6028/NIST.SP.800-226), its privacy hazards, in our own words.
 */
export function findHazards(facts: HazardFacts): CardHazard[] {
  return rules.map(({ id, title, find }) => ({ id, title, ...find(facts) }));
}
