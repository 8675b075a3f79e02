import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

/** Who holds a lock: enough to tell, on the same machine, whether that process still runs. */
export interface LockHolder {
  /** Never used twice: tells two locks of one process apart. */
  readonly nonce: string;
  readonly pid: number;
  readonly host: string;
  /** Linux: changes at every boot. null where the system has none. */
  readonly bootId: string | null;
  /** Linux: the process-id namespace (a container has its own). */
  readonly pidNamespace: string | null;
  /** Linux: when the process started, in clock ticks since boot; tells a reused pid from the holder. */
  readonly startTicks: string | null;
}

const schema = z.strictObject({
  nonce: z.uuid(),
  pid: z.int().min(1),
  host: z.string().max(256),
  bootId: z.string().max(64).nullable(),
  pidNamespace: z.string().max(64).nullable(),
  startTicks: z.string().max(32).nullable(),
});

/** This process, as the holder of the lock `nonce`. */
export function describeThisProcess(nonce: string): LockHolder {
  return {
    nonce,
    pid: process.pid,
    host: hostname(),
    bootId: readOrNull(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    pidNamespace: readOrNull(() => readlinkSync("/proc/self/ns/pid")),
    startTicks: startTicksOf(process.pid),
  };
}

/** The holder that a lock file names; null when the file is not one of ours or was cut. */
export function parseHolder(text: string): LockHolder | null {
  const value = readOrNull((): unknown => JSON.parse(text));
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/**
 * Whether the holder is certainly gone. Only then may its lock be taken over; where this process cannot tell (another
 * machine, another container), the answer is no.
 */
export function isGone(holder: LockHolder, self: LockHolder): boolean {
  if (holder.host !== self.host) return false;
  if (holder.bootId !== self.bootId) return true;
  if (holder.pidNamespace !== self.pidNamespace) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const startTicks = startTicksOf(holder.pid);
  return holder.startTicks !== null && startTicks !== null && startTicks !== holder.startTicks;
}

/** Field 22 of /proc/pid/stat; the name in field 2 may hold spaces and brackets, so fields are counted behind it. */
function startTicksOf(pid: number): string | null {
  return readOrNull(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  });
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
