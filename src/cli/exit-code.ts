import { type AnyPrivacyError, isPrivacyError } from "../core/index.ts";

/** What a command's exit status means to a script. */
export const exitCode = {
  ok: 0,
  /** Usage or runtime error, with a one-line message on stderr. */
  error: 1,
  /** A check failed: the evidence contradicts the claim. */
  checkFailed: 2,
  /** The evidence is incomplete: nothing contradicts the claim, and not everything could be checked. */
  incomplete: 3,
  /** Stopped by Ctrl-C, whole. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** One line for a person: ours as they are, anything else as a fault of this program. */
export function errorLine(error: unknown): string {
  if (isPrivacyError(error)) return `sordino: ${error.message.replaceAll("\n", " ")}`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `sordino: [internal] ${text.split("\n")[0]}; this is a fault of sordino, please report it`;
}

/** The same as data. */
export function errorJson(error: unknown): { error: { code: string; message: string } } {
  if (!isPrivacyError(error)) return { error: { code: "internal", message: errorLine(error) } };
  const known: AnyPrivacyError = error;
  return { error: { code: known.code, message: known.message } };
}
