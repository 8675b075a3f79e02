import { readFileSync } from "node:fs";

/** The version in this package's own package.json, two folders above the compiled command. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
