import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import * as accounting from "./accounting/index.ts";
import * as attacks from "./attacks/index.ts";
import * as audit from "./audit/index.ts";
import { operatingSystemRandom } from "./core/random-source.ts";
import * as events from "./events/index.ts";
import * as noise from "./noise/index.ts";

const src = dirname(fileURLToPath(import.meta.url));
const scope = { ...events, ...accounting, ...attacks, ...audit, ...noise, operatingSystemRandom, Float64Array };

/** Every `@example expression // value` of the sources; an example may go on over several lines. */
const examples = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(file))
  .flatMap((file) => {
    const text = readFileSync(join(src, file), "utf8");
    return [...text.matchAll(/\* @example ([\s\S]*?)(?=\n \* @|\n \*\/)/g)].map((m) => {
      const [code = "", shown = ""] = (m[1] ?? "").replaceAll(/\n \* ?/g, " ").split(" // ");
      return { file, code, shown };
    });
  });

/** 4.3771… promises the digits that it shows; a whole number or word promises itself. */
function isShownBy(value: unknown, shown: string): boolean {
  const number = /^-?\d+(\.\d+)?(?=…|$|[ ,;])/.exec(shown)?.[0];
  if (number === undefined || typeof value !== "number") return true;
  const digits = number.split(".")[1]?.length ?? 0;
  return Math.abs(value - Number(number)) <= 10 ** -digits;
}

describe("the examples of the docstrings", () => {
  it("exist", () => expect(examples.length).toBeGreaterThan(10));

  it.each(examples)("$file: $code", ({ code, shown }) => {
    const value: unknown = runInNewContext(code, scope);
    expect(value).toBeDefined();
    expect(isShownBy(value, shown), `${String(value)} where ${shown} is shown`).toBe(true);
    if (shown === "true" || shown === "false") expect(String(value)).toBe(shown);
  });
});
