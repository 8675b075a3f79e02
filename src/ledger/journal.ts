import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { syncFolder } from "./whole-file.ts";

/** The name of the ledger's file in its folder. */
export const journalName = "ledger.jsonl";

/**
 * The file of a ledger, open for appending. An append is one write and one fdatasync: when it returns, the line is on
 * the disk. After a failed append nobody knows what is on the disk, so the file accepts nothing more.
 */
export class Journal {
  readonly #path: string;
  readonly #file: FileHandle;
  #size: number;
  #state: "open" | "failed" | "closed" = "open";

  private constructor(path: string, file: FileHandle, size: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens `path` and cuts it to its first `size` bytes.
   *
   * @throws PrivacyError `file_unreadable`.
   */
  static async open(path: string, size: number): Promise<Journal> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, "a");
      if ((await file.stat()).size > size) {
        await file.truncate(size);
        await file.sync();
      }
      return new Journal(path, file, size);
    } catch (cause) {
      await file?.close();
      throw unwritable(path, cause);
    }
  }

  /**
   * Appends one line and its newline.
   *
   * @throws PrivacyError `file_unreadable` when the disk refuses; `ledger_locked` when another writer got in;
   * `invalid_state` after a failure or `close`.
   */
  async append(line: string): Promise<void> {
    if (this.#state !== "open") {
      const advice = "open the ledger anew: what is on the disk then counts";
      throw new PrivacyError("invalid_state", `the ledger ${this.#path} is ${this.#state}; ${advice}`, {
        object: "Ledger",
        state: this.#state,
      });
    }
    this.#state = "failed";
    const bytes = Buffer.from(`${line}\n`);
    try {
      // the lock already keeps others out; this finds the one who removed it by hand
      if ((await this.#file.stat()).size !== this.#size) throw foreignWriter(this.#path);
      const { bytesWritten } = await this.#file.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error("the disk took only a part of the line");
      await this.#file.datasync();
    } catch (cause) {
      throw cause instanceof PrivacyError ? cause : unwritable(this.#path, cause);
    }
    this.#size += bytes.length;
    this.#state = "open";
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    await this.#file.close();
  }
}

/** Makes a folder, and its name durable, if it is not there. @throws PrivacyError `file_unreadable`. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true });
    if (first !== undefined) syncFolder(dirname(first));
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

function foreignWriter(path: string): PrivacyError<"ledger_locked"> {
  return new PrivacyError(
    "ledger_locked",
    `the ledger ${path} was to be appended to and is not as this process left it; close the other writer, open anew`,
    { path, holder: "another writer" },
  );
}

function unwritable(path: string, cause: unknown): PrivacyError<"file_unreadable"> {
  const reason = cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : "unknown";
  return new PrivacyError(
    "file_unreadable",
    `the ledger ${path} was to be written and the system refused (${reason}); nothing may be released until it works`,
    { path, reason },
    { cause },
  );
}
