import { jsonText } from "./json-text.ts";

/** Where a command writes: results to `out` (stdout), everything a person watches to `progress` (stderr). */
export interface Output {
  out(line: string): void;
  progress(line: string): void;
  /** Overwrites the line being shown when stderr is a terminal; a plain line otherwise. */
  status(line: string): void;
  readonly isTerminal: boolean;
}

export function standardOutput(): Output {
  const isTerminal = process.stderr.isTTY;
  for (const stream of [process.stdout, process.stderr]) stream.on("error", endWhenReaderLeft);
  let open = false;
  const closeStatus = (): void => {
    if (open) process.stderr.write("\n");
    open = false;
  };
  return {
    isTerminal,
    out: (line) => {
      closeStatus();
      process.stdout.write(`${line}\n`);
    },
    progress: (line) => {
      closeStatus();
      process.stderr.write(`${line}\n`);
    },
    status: (line) => {
      if (isTerminal) {
        const width = Math.max(20, process.stderr.columns - 1);
        process.stderr.write(`\r\u001b[K${line.slice(0, width)}`);
        open = true;
      } else process.stderr.write(`${line}\n`);
    },
  };
}

/** `sordino … | head -1`: nobody reads on, which is no fault; a run that only lost its screen goes on to its end. */
function endWhenReaderLeft(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Prints a result as one line of JSON in which Infinity is the string "Infinity". */
export function printJson(output: Output, value: unknown): void {
  output.out(jsonText(value));
}
