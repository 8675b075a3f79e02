import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

type Entry = Record<string, unknown>;

/**
 * Puts another model in the place of the last entry's that `names` it, and writes the journal anew so that it holds together: what
 * whoever can write the folder can do without the key.
 */
export function forgeModel(path: string, names: (entry: Entry) => boolean): void {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n").slice(0, -1);
  const entries = lines.map((line) => (JSON.parse(line) as { entry: Entry }).entry);
  const source = entries.findLast(names);
  const [tensor] = (source?.["tensors"] ?? []) as { sha256: string }[];
  if (tensor === undefined) throw new Error("no such model");
  const model = join(dirname(path), basename(String(source?.["file"])));
  const bytes = readFileSync(model).map((b, i) => (i === 0 ? b ^ 1 : b));
  tensor.sha256 = createHash("sha256").update(bytes).digest("hex");
  let prev = "0".repeat(64);
  const anew = entries.map((entry) => {
    const line = JSON.stringify({ prev, entry });
    prev = createHash("sha256").update(line).digest("hex");
    return `${line}\n`;
  });
  writeFileSync(path, anew.join(""));
  writeFileSync(model, bytes);
}
