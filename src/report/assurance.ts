import type { CardAssurance, CardMechanism, CardRandomness } from "./card.ts";

/**
 * The known ways in which private training goes wrong, and who prevents each one here.
 *
 * @source JAX Privacy documentation (2026), its list of pitfalls, in our own words.
 */
export function assuranceOf(mechanism: CardMechanism, randomness: CardRandomness): CardAssurance[] {
  const hardened = randomness.floatHardening !== "none";
  return [
    row(
      "divide-by-batch",
      "critical",
      mechanism.normaliseBy === "expected-batch-size" ? "by-construction" : "by-user",
      "The noised sum must be divided by a public number, never by the size of the batch that was drawn.",
    ),
    row("sensitivity-alignment", "critical", "by-construction", "Clip norm and noise come from one plan; z = σ / C."),
    row("sampling-mismatch", "critical", "by-check", "The batches drawn are compared with the event that is priced."),
    row(
      "public-metadata",
      "critical",
      "by-user",
      "The size of the data set is a declared number, not a count of rows.",
    ),
    row("neighboring-relation", "critical", "by-construction", "One relation per ledger scope; there is no default."),
    row(
      "empty-batch-and-nan",
      "critical",
      "by-construction",
      "An empty batch is a step; a non-finite row counts zero.",
    ),
    row("accumulation", "critical", "by-construction", "Micro-batches are summed before noise is added once."),
    row("cross-example-operations", "critical", "by-check", "Layers that mix examples of a batch are refused."),
    row("auxiliary-metrics", "critical", "by-check", "Losses and norms have a type that no card or log accepts."),
    row(
      "random-generator",
      "critical",
      randomness.source === "operating-system" ? "by-construction" : "by-user",
      "Noise must come from a generator that nobody can replay.",
    ),
    row(
      "float-robustness",
      "theoretical",
      hardened ? "by-construction" : "by-user",
      "Released values must lie on a grid that does not depend on the data.",
    ),
    row(
      "finite-precision",
      "negligible",
      hardened ? "by-construction" : "by-user",
      "Rounding of the sum must be part of the sensitivity that is priced.",
    ),
  ];
}

function row(
  id: string,
  severity: CardAssurance["severity"],
  handled: CardAssurance["handled"],
  note: string,
): CardAssurance {
  return { id, severity, handled, note };
}
