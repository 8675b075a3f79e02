import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { DpEvent, DpEventKind } from "./event.ts";
import { allKinds, rulesOf } from "./kinds.ts";
import { deepestEvent, pathTo, validateEvent } from "./validate-event.ts";

/** The kinds that dp_accounting has too. A new kind must be named here or below, or nothing compiles. */
type SharedKind =
  | "no-op"
  | "non-private"
  | "unsupported"
  | "gaussian"
  | "laplace"
  | "discrete-gaussian"
  | "discrete-laplace"
  | "zcdp"
  | "epsilon-delta"
  | "randomized-response"
  | "exponential-mechanism"
  | "poisson-sampled"
  | "sampled-with-replacement"
  | "sampled-without-replacement"
  | "truncated-subsampled-gaussian"
  | "mixture-of-gaussians"
  | "single-epoch-tree-aggregation"
  | "repeat-and-select"
  | "self-composed"
  | "composed";
type OwnKind = Exclude<DpEventKind, SharedKind>;

/** Kinds that it has no class for. */
const ownKinds: Readonly<Record<OwnKind, true>> = {
  shuffled: true,
  "banded-matrix": true,
  "discrete-gaussian-sum": true,
};

/** Its classes are our kinds in Pascal case, but for one. */
function classNameOf(kind: SharedKind): string {
  if (kind === "zcdp") return "ZCDpEvent";
  const words = kind.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("")}DpEvent`;
}

function kindOfClass(className: string): SharedKind | undefined {
  const isShared = (kind: DpEventKind): kind is SharedKind => !Object.hasOwn(ownKinds, kind);
  return allKinds().find((kind): kind is SharedKind => isShared(kind) && classNameOf(kind) === className);
}

const moduleName = "dp_accounting.dp_event";

/** Fields whose name there is not ours in snake case. */
const renamed: Readonly<Record<string, string>> = { "discrete-gaussian.noiseMultiplier": "sigma" };
/** Fields that their constructors let one leave out, as they are then. */
const defaults: Readonly<Record<string, unknown>> = { "zcdp.xi": 0, "discrete-gaussian.sensitivity": 1 };

function theirName(kind: SharedKind, field: string): string {
  return renamed[`${kind}.${field}`] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuse(event: DpEvent, path: string, reason: string): PrivacyError<"unsupported_event"> {
  return new PrivacyError(
    "unsupported_event",
    `${path === "" ? "the event" : path} must be something dp_accounting can express, got ${event.kind}: ${reason}`,
    { kind: event.kind, path, reason },
  );
}

function sharedToTheirs(event: Extract<DpEvent, { kind: SharedKind }>, path: string): object {
  const out: Record<string, unknown> = { module_name: moduleName, class_name: classNameOf(event.kind) };
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  for (const [field, rule] of rulesOf(event.kind)) {
    const value = fields[field];
    const name = theirName(event.kind, field);
    if (rule.type === "event") out[name] = toTheirs(value as DpEvent, pathTo(path, field));
    else if (rule.type === "events") {
      out[name] = (value as readonly DpEvent[]).map((e, i) => toTheirs(e, `${pathTo(path, field)}[${i}]`));
    } else if (rule.type === "numbers") out[name] = [...(value as readonly number[])];
    else out[name] = value === Infinity ? "Infinity" : value;
  }
  return out;
}

function toTheirs(event: DpEvent, path: string): object {
  if (event.kind === "shuffled") {
    if (event.event.kind !== "gaussian") {
      throw refuse(
        event,
        path,
        "an epoch of disjoint batches is expressed there for the Gaussian alone, as a tree of one step",
      );
    }
    // one record, one batch: trees of one step each, across which a record occurs at most once
    const tree = {
      kind: "single-epoch-tree-aggregation",
      noiseMultiplier: event.event.noiseMultiplier,
      stepCounts: [1],
    };
    return toTheirs(validateEvent(tree), path);
  }
  if (event.kind === "banded-matrix") {
    const { bands, steps, samplingProbability, noiseMultiplier } = event;
    const step = { kind: "poisson-sampled", samplingProbability, event: { kind: "gaussian", noiseMultiplier } };
    return toTheirs(validateEvent({ kind: "self-composed", event: step, count: Math.ceil(steps / bands) }), path);
  }
  if (event.kind === "discrete-gaussian-sum") {
    throw refuse(
      event,
      path,
      "it has no class for sums of discrete Gaussians; their zCDP bound is this package's accountant's",
    );
  }
  return sharedToTheirs(event, path);
}

/**
 * The event in dp_accounting's form: `module_name`, `class_name` and its fields in snake_case, as the recursive
 * `_asdict()` of `to_named_tuple()` gives them, so that anyone can recompute an epsilon with that library. Infinity is
 * the string "Infinity".
 *
 * Kinds that it lacks become what has the same price: `banded-matrix` becomes ⌈steps/bands⌉ Poisson-sampled Gaussians;
 * `shuffled` over a Gaussian becomes a tree of one step, which its accountants price under zero-out alone.
 *
 * Both sides define the noise multiplier as σ / C, C the bound on one record. Some versions of its accountants forget
 * the factor 2 under replace-one; the event is the same, the price there is theirs.
 *
 * @throws PrivacyError `unsupported_event`, by path, for `shuffled` over anything else and `discrete-gaussian-sum`;
 * `invalid_argument` when it is not an event.
 * @source google/differential-privacy, dp_accounting 0.6.0, dp_event.py (class docstrings; DiscreteGaussian,
 * EpsilonDelta and ExponentialMechanism from commit 00a8d6b, after 0.6.0); for banded matrices Choquette-Choo et al.
 * 2023, arXiv:2306.08153v2, the amplification theorem for banded matrices.
 */
export function toDpAccounting(event: DpEvent): object {
  return toTheirs(validateEvent(event), "");
}

/** Their older and optional spellings, and classes that we price as something else. */
function normalized(className: string, own: Readonly<Record<string, unknown>>): [string, Record<string, unknown>] {
  const fields = { ...own };
  if (className === "PermuteAndFlipDpEvent") return ["EpsilonDeltaDpEvent", { ...fields, delta: 0 }];
  if (className === "SingleEpochTreeAggregationDpEvent" && typeof fields["step_counts"] === "number") {
    fields["step_counts"] = [fields["step_counts"]];
  }
  if (className === "DiscreteGaussianDpEvent") {
    // our event claims no dimension, which is the cautious reading of any
    delete fields["dimension"];
    if (Object.hasOwn(fields, "noise_multiplier") && !Object.hasOwn(fields, "sigma")) {
      fields["sigma"] = fields["noise_multiplier"];
      delete fields["noise_multiplier"];
    }
  }
  return [className, fields];
}

function fromTheirs(value: unknown, path: string, depth: number): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidArgument(path === "" ? "event" : path, "an object with module_name and class_name", typeof value);
  }
  if (depth > deepestEvent) throw invalidArgument(path, `nested at most ${deepestEvent} deep`, "more");
  const { module_name: theirModule, class_name: theirClass, ...rest } = value as Readonly<Record<string, unknown>>;
  if (theirModule !== moduleName)
    throw invalidArgument(pathTo(path, "module_name"), JSON.stringify(moduleName), "another");
  const [className, fields] = normalized(typeof theirClass === "string" ? theirClass : "", rest);
  const kind = kindOfClass(className);
  if (kind === undefined) {
    const shown = typeof theirClass === "string" ? theirClass.slice(0, 40) : typeof theirClass;
    throw invalidArgument(pathTo(path, "class_name"), "the name of one of dp_accounting's event classes", shown);
  }
  const out: Record<string, unknown> = { kind };
  for (const [field, rule] of rulesOf(kind)) {
    const name = theirName(kind, field);
    const member = Object.hasOwn(fields, name) ? fields[name] : defaults[`${kind}.${field}`];
    delete fields[name];
    const memberPath = pathTo(path, name);
    if (rule.type === "event") out[field] = fromTheirs(member, memberPath, depth + 1);
    else if (rule.type === "events" && Array.isArray(member)) {
      out[field] = member.map((e: unknown, i) => fromTheirs(e, `${memberPath}[${i}]`, depth + 1));
    } else out[field] = member;
  }
  for (const name of Object.keys(fields)) {
    throw invalidArgument(pathTo(path, name.slice(0, 40)), "absent", "a value", `${className} has no such field`);
  }
  return out;
}

/**
 * Reads dp_accounting's form of an event, as toDpAccounting writes it.
 *
 * A scalar `step_counts` is a list of one; the `dimension` of a discrete Gaussian is set aside, which can only cost;
 * a `PermuteAndFlipDpEvent` is taken for what it at least is, an (ε, 0)-DP mechanism.
 *
 * @throws PrivacyError `invalid_argument`, by path, on an unknown module, class or field and on a value out of range.
 */
export function fromDpAccounting(value: unknown): DpEvent {
  return validateEvent(fromTheirs(value, "", 0));
}
