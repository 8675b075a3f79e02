import type { ClipPolicy } from "./clip-policy.ts";
import type { NoisePolicy } from "./noise-policy.ts";
import type { PlanRow, PrivacyPlan } from "./privacy-plan.ts";
import type { Sampling } from "./sampling.ts";

/** What a plan has chosen, for people: one row per choice, and what its price rests on. */
export function explainPlan(plan: PrivacyPlan): readonly PlanRow[] {
  const { sampling, clip, noise } = plan;
  const surcharge = ((clip.sensitivity / clip.norm - 1) * 100).toFixed(3);
  return Object.freeze([
    row("unit", plan.unit, `neighbors differ in one ${plan.unit}, by ${plan.neighboring}`),
    row("sampling", describeSampling(sampling), `${whySampling(sampling)}; event "${plan.ledgerEvent.kind}"`),
    row("clip", describeClip(clip.policy), whyClip(clip.policy)),
    row("sensitivity", String(clip.sensitivity), `the clip norm and ${surcharge} % for rounding, of the first step`),
    row("noise", describeNoise(noise.policy, noise.multiplier), whyNoise(noise.policy)),
    row(
      "ledger",
      `${plan.ledgerCount} x "${plan.ledgerEvent.kind}" of ${plan.stepsPerEvent} steps`,
      plan.stepsPerEvent === 1
        ? "every step is reserved before its noise is drawn"
        : "it cannot be cut: its first step spends it whole, and another process does not go on with it",
    ),
  ]);
}

const row = (option: string, value: string, why: string): PlanRow => Object.freeze({ option, value, why });

function describeSampling(sampling: PrivacyPlan["sampling"]): string {
  const tail = sampling.kind === "truncated-poisson" ? `, at most ${sampling.maxBatchSize}` : "";
  const groups = sampling.kind === "cyclic-poisson" ? `, ${sampling.groups} groups` : "";
  return `${sampling.kind}, expected batch ${sampling.expectedBatchSize}, probability ${sampling.probability}${tail}${groups}`;
}

function whySampling(sampling: Sampling): string {
  switch (sampling.kind) {
    case "poisson":
      return "every record by itself: amplified by sampling";
    case "truncated-poisson":
      return "amplified by sampling; the cut lets one record displace another, which is priced";
    case "cyclic-poisson":
      return "amplified within the group; a record is met every groups-th step at most";
    case "without-replacement":
      return "amplified by sampling; a record that leaves lets another in: priced at twice the norm";
    case "shuffled":
      return "no amplification: every record is in one batch of each epoch";
  }
}

function describeClip(policy: ClipPolicy): string {
  const schedule = policy.kind !== "adaptive" && policy.schedule !== undefined ? ", scheduled" : "";
  switch (policy.kind) {
    case "flat":
      return `flat, ${policy.l2ClipNorm}${schedule}`;
    case "per-layer":
      return `per layer, ${policy.l2ClipNorms.join(", ")}${schedule}`;
    case "automatic":
      return `automatic, ${policy.l2ClipNorm}, gamma ${policy.gamma}${schedule}`;
    case "adaptive":
      return `adaptive, from ${policy.initial} to the ${policy.quantile}-quantile`;
  }
}

function whyClip(policy: ClipPolicy): string {
  switch (policy.kind) {
    case "flat":
      return "the norm over all trainable weights is bounded; noise follows it";
    case "per-layer":
      return "the bound on the whole is the root of the sum of the squares";
    case "automatic":
      return "every gradient is scaled by C/(norm + gamma), shorter than C";
    case "adaptive":
      return `sum and count are one Gaussian release; the count has noise ${policy.countNoiseMultiplier}, and the norm follows it alone`;
  }
}

function describeNoise(policy: NoisePolicy, multiplier: number): string {
  const scheduled = policy.kind !== "banded" && policy.schedule !== undefined ? ", scheduled" : "";
  const bands = policy.kind === "banded" ? `, ${policy.bands} bands` : "";
  return `${policy.kind}, multiplier ${multiplier}${bands}${scheduled}`;
}

function whyNoise(policy: NoisePolicy): string {
  switch (policy.kind) {
    case "grid-gaussian":
      return "a Gaussian rounded exactly to the grid of the sum";
    case "discrete-gaussian":
      return "exact on whole numbers; priced by Rényi divergence, a little above the Gaussian";
    case "banded":
      return "noise of several steps cancels in their sum; relative to the largest column norm of the strategy";
  }
}
