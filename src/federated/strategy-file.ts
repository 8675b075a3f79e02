import { z } from "zod";
import { invalidArgument } from "../core/index.ts";
import {
  type Rule,
  type Strategy,
  coordinateMedian,
  fedAdagrad,
  fedAdam,
  fedAvg,
  fedAvgM,
  fedProx,
  fedYogi,
  geometricMedian,
  krum,
  multiKrum,
  qFedAvg,
  trimmedMean,
} from "./strategy.ts";
import type { Weights } from "./weight.ts";

/** A strategy as it is written in a file: its kind and constants; what has a default may be left out. */
export type StrategyFields = { readonly kind: Rule["kind"] } & Readonly<Record<string, string | number>>;

/** Any kind, numbers under any name: the strategy itself says which constants it wants. */
export const strategySchema: z.ZodType<StrategyFields> = z
  .looseObject({
    kind: z.enum([
      "fed-avg",
      "fed-prox",
      "fed-avg-m",
      "fed-adam",
      "fed-yogi",
      "fed-adagrad",
      "q-fed-avg",
      "median",
      "trimmed-mean",
      "krum",
      "multi-krum",
      "geometric-median",
    ]),
  })
  .refine(
    (fields) => Object.entries(fields).every(([name, v]) => name === "kind" || typeof v === "number"),
    "numbers beside kind",
  )
  .transform((fields) => fields as unknown as StrategyFields);

/**
 * The strategy that a file names.
 *
 * @throws PrivacyError `invalid_argument` naming the constant that is out of range or not wanted.
 */
export function strategyFrom({ kind, ...constants }: StrategyFields, weights: Weights): Strategy {
  const made = build(kind, { ...constants, weights } as never);
  const unknown = Object.keys(constants).find((name) => !(name in made.rule));
  if (unknown !== undefined) throw invalidArgument(`strategy.${unknown}`, `left out for ${kind}`, constants[unknown]);
  return made;
}

function build(kind: Rule["kind"], fields: never): Strategy {
  switch (kind) {
    case "fed-avg":
      return fedAvg(fields);
    case "fed-prox":
      return fedProx(fields);
    case "fed-avg-m":
      return fedAvgM(fields);
    case "fed-adam":
      return fedAdam(fields);
    case "fed-yogi":
      return fedYogi(fields);
    case "fed-adagrad":
      return fedAdagrad(fields);
    case "q-fed-avg":
      return qFedAvg(fields);
    case "median":
      return coordinateMedian(fields);
    case "trimmed-mean":
      return trimmedMean(fields);
    case "krum":
      return krum(fields);
    case "multi-krum":
      return multiKrum(fields);
    case "geometric-median":
      return geometricMedian(fields);
  }
}
