import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { writeWhole } from "../ledger/index.ts";
import type { PrivacyCard } from "./card.ts";
import { parsePrivacyCard, renderCardJson } from "./card-json.ts";
import { cardFiles, renderCardMarkdown } from "./card-markdown.ts";
import { type EpsilonByStep, epsilonByStepSvg } from "./epsilon-chart.ts";
import { repriceCurve } from "./reprice-curve.ts";
import { type RocChart, rocSvg } from "./roc-chart.ts";

export interface CardFolder {
  readonly card: PrivacyCard;
  /** null: no picture, and no link to one. */
  readonly epsilonByStep: EpsilonByStep | null;
  readonly roc: RocChart | null;
}

/**
 * Writes `privacy-card.json`, `privacy-card.md` and the two pictures into `dir`, each whole or not at all: to a file of
 * its own, flushed, then renamed. The JSON comes last, so a folder that has it has everything. The same run's card may be
 * written again. The pictures claim what the card claims: the running epsilon is priced again by the
 * card's accountant (see repriceCurve).
 *
 * @param dir - created where it is missing.
 * @returns the paths written, the JSON last.
 * @throws PrivacyError `output_occupied` when the folder holds another run's card, or a file of that name that is no
 * card; `file_unreadable` when the folder can not be written.
 */
export async function writeCardFolder(dir: string, input: CardFolder): Promise<string[]> {
  const { card } = input;
  const epsilonByStep = input.epsilonByStep === null ? null : repriceCurve(input.epsilonByStep, card);
  const roc = input.roc === null || card.guarantee.variant !== "none" ? input.roc : { ...input.roc, cap: () => 1 };
  const folder = resolve(dir);
  const figures = {
    epsilonByStep: epsilonByStep === null ? null : cardFiles.epsilonByStep,
    roc: roc === null ? null : cardFiles.roc,
  };
  // Everything is rendered before anything is written.
  const files: [string, string][] = [];
  if (epsilonByStep !== null) files.push([cardFiles.epsilonByStep, epsilonByStepSvg(epsilonByStep)]);
  if (roc !== null) files.push([cardFiles.roc, rocSvg(roc)]);
  files.push([cardFiles.markdown, renderCardMarkdown(card, figures)], [cardFiles.json, renderCardJson(card)]);
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
  await refuseOtherRun(folder, card);
  const paths: string[] = [];
  for (const [name, content] of files) {
    const path = join(folder, name);
    writeWhole(path, content);
    paths.push(path);
  }
  return paths;
}

async function refuseOtherRun(folder: string, card: PrivacyCard): Promise<void> {
  const path = join(folder, cardFiles.json);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw unreadable(path, error);
  }
  if (runOf(text) === runOf(renderCardJson(card))) return;
  throw new PrivacyError(
    "output_occupied",
    `a folder for this run's card was wanted, and ${path} belongs to another run; choose another folder`,
    { path: folder },
  );
}

/** Which run a card is about; null for a text that is no card. */
function runOf(text: string): string | null {
  try {
    const { ledger } = parsePrivacyCard(text).evidence;
    return JSON.stringify([ledger.origin, ledger.scope, ledger.runId]);
  } catch {
    return null;
  }
}

async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

function unreadable(path: string, cause: unknown): PrivacyError<"file_unreadable"> {
  const reason = codeOf(cause);
  return new PrivacyError(
    "file_unreadable",
    `${path} was to be written or read, and the system says ${reason}; check the folder and its rights`,
    { path, reason },
    { cause },
  );
}
