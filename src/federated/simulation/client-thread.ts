// One thread of a ClientPool. Questions and answers are copied by postMessage; an answer's bytes change hands.
import { parentPort, workerData } from "node:worker_threads";
import { invalidArgument } from "../../core/index.ts";
import {
  type ClientAnswer,
  type ClientQuestion,
  type CreateClient,
  type Numbered,
  askClient,
} from "./client-answer.ts";

const { module } = workerData as { readonly module: string };
const { createClient } = (await import(module)) as { readonly createClient?: CreateClient };
if (typeof createClient !== "function") {
  throw invalidArgument("clients.module", "a module with a function createClient(index)", typeof createClient);
}
parentPort?.on("message", ({ number, content: question }: Numbered<ClientQuestion>) => {
  void askClient(createClient, question).then((content) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    parentPort?.postMessage({ number, content } satisfies Numbered<ClientAnswer>);
  });
});
