/*
 * The words through which the calling thread and its helpers agree on a job: tickets 0 … n − 1, each done by whichever
 * thread takes it. Nothing of a result may depend on who that is.
 *
 * A helper works only between `enter` and `leave`. It counts itself in and then looks at the gate; the caller closes the
 * gate and then looks at the count. All accesses are sequentially consistent, so one of them sees the other: with the
 * gate closed and the count at zero no helper touches the memory, however late it wakes.
 */

const [gate, epoch, inside, ticket, tickets, helpers, failures] = [0, 1, 2, 3, 4, 5, 6];
const words = 16;
/** Numbers that describe a job to a helper. */
export const jobNumbers = 16;

export interface ThreadControl {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

export function createControl(): ThreadControl {
  return viewControl(new SharedArrayBuffer(4 * words + 8 * jobNumbers));
}

export function viewControl(buffer: SharedArrayBuffer): ThreadControl {
  return { words: new Int32Array(buffer, 0, words), numbers: new Float64Array(buffer, 4 * words, jobNumbers) };
}

/** Opens a job for helpers 0 … `most` − 1. The gate is closed and nobody inside. */
export function openJob(control: ThreadControl, job: readonly number[], count: number, most: number): void {
  control.numbers.set(job);
  const { words: at } = control;
  Atomics.store(at, ticket, 0);
  Atomics.store(at, tickets, count);
  Atomics.store(at, helpers, most);
  Atomics.store(at, gate, 1);
  Atomics.add(at, epoch, 1);
  Atomics.notify(at, epoch);
}

/** The next ticket, or −1 when all are taken. */
export function takeTicket({ words: at }: ThreadControl): number {
  const taken = Atomics.add(at, ticket, 1);
  return taken < Atomics.load(at, tickets) ? taken : -1;
}

export function closeGate({ words: at }: ThreadControl): void {
  Atomics.store(at, gate, 0);
}

export const countInside = ({ words: at }: ThreadControl): number => Atomics.load(at, inside);

export const countFailures = ({ words: at }: ThreadControl): number => Atomics.load(at, failures);

export function noteFailure({ words: at }: ThreadControl): void {
  Atomics.add(at, failures, 1);
}

/** Whether helper `index` may work on the job that is open; if so it must `leave`. */
export function enter(control: ThreadControl, index: number): boolean {
  const { words: at } = control;
  Atomics.add(at, inside, 1);
  if (Atomics.load(at, gate) === 1 && index < Atomics.load(at, helpers)) return true;
  leave(control);
  return false;
}

export function leave({ words: at }: ThreadControl): void {
  Atomics.sub(at, inside, 1);
  Atomics.notify(at, inside);
}

/** Looks as often before it sleeps: some 50 microseconds, longer than the time between the jobs of one step. */
const looks = 4_000;

/** Waits until a job is opened that is not `seen`, and returns its number. */
export function awaitJob({ words: at }: ThreadControl, seen: number): number {
  for (let look = 0; look < looks; look++) {
    const now = Atomics.load(at, epoch);
    if (now !== seen) return now;
  }
  Atomics.wait(at, epoch, seen);
  return Atomics.load(at, epoch);
}

/** Waits at most about `naps` milliseconds until nobody is inside; whether that is so. */
export function awaitQuiet(control: ThreadControl, naps: number): boolean {
  const { words: at } = control;
  for (let look = 0; look < looks; look++) if (countInside(control) === 0) return true;
  for (let nap = 0; nap < naps; nap++) {
    const now = countInside(control);
    if (now === 0) return true;
    Atomics.wait(at, inside, now, 1);
  }
  return countInside(control) === 0;
}
