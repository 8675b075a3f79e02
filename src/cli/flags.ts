import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { Neighboring } from "../events/index.ts";

/** Reads a number flag strictly: "1e-5x", "" and "0x10" are refused by name. "Infinity" is a number only for JSON. */
export function numberFlag(name: string): (text: string) => number {
  return (text) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) {
      throw invalidArgument(name, "a decimal number", text);
    }
    return Number(text);
  };
}

/** Reads numbers separated by commas, each as {@link numberFlag} does. */
export function numberListFlag(name: string): (text: string) => number[] {
  return (text) => text.split(",").map(numberFlag(name));
}

/** The value of a flag that the chosen form of the command needs. */
export function requireFlag<T>(value: T | undefined, name: string, because: string): T {
  if (value !== undefined) return value;
  throw new PrivacyError("invalid_argument", `${name} is needed (${because}) and was not given`, {
    argument: name,
    expected: because,
  });
}

const relations: readonly Neighboring[] = ["add-or-remove-one", "replace-one", "zero-out"];

/** From the command line or a line of a batch: anything but a relation's name is refused. */
export function neighboringFlag(text: unknown): Neighboring {
  const relation = relations.find((r) => r === text);
  if (relation === undefined) throw invalidArgument("--neighboring", relations.join(", "), text);
  return relation;
}
