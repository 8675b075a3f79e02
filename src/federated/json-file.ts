import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { PrivacyError } from "../core/index.ts";
import { readJson } from "../ledger/index.ts";

/** A configuration file that fits its schema, and how to find the files that it names. */
export interface JsonFile<T> {
  readonly value: T;
  /** Paths in a configuration file are relative to its folder. */
  readonly path: (relative: string) => string;
}

/** @throws PrivacyError `file_unreadable`; `invalid_argument` naming the first field that is wrong. */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>): JsonFile<T> {
  const parsed = schema.safeParse(readJson(path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") ?? "";
    const argument = field === "" ? path : `${path}: ${field}`;
    const expected = issue?.message ?? "what its schema says";
    const text = `${argument} is not what was wanted: ${expected}; correct the file`;
    throw new PrivacyError("invalid_argument", text, { argument, expected });
  }
  const folder = dirname(resolve(path));
  return { value: parsed.data, path: (relative) => resolve(folder, relative) };
}
