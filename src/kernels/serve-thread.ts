import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { KernelShare, Kernels } from "./kernels.ts";
import { joinKernels } from "./load-kernels.ts";
import { awaitJob, enter, leave, noteFailure, takeTicket, viewControl } from "./thread-control.ts";

/** What a helper is started with. */
export interface HelperStart {
  readonly share: KernelShare;
  readonly control: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly index: number;
}

/** What a thread does for its caller. */
export interface ThreadWork {
  /** Takes what `ThreadPool.tell` was given. */
  hear(message: unknown): void;
  /** What to do with the tickets of a job; nothing when what it needs was never heard. */
  start(job: Float64Array): ((ticket: number) => void) | undefined;
}

/** The whole life of a helper: waits for jobs of its pool and never returns. For the module that a pool names. */
export function serveThread(prepare: (kernels: Kernels, index: number) => ThreadWork): void {
  const { share, control: buffer, port, index } = workerData as HelperStart;
  const control = viewControl(buffer);
  const work = prepare(joinKernels(share), index);
  for (let seen = 0; ;) {
    seen = awaitJob(control, seen);
    if (!enter(control, index)) continue;
    try {
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
        work.hear((next as { readonly message: unknown }).message);
      }
      const turn = work.start(control.numbers);
      if (turn !== undefined) for (let t = takeTicket(control); t >= 0; t = takeTicket(control)) turn(t);
    } catch (error) {
      noteFailure(control);
      throw error;
    } finally {
      leave(control);
    }
  }
}
