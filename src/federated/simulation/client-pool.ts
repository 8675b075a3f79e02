import { Worker } from "node:worker_threads";
import { PrivacyError } from "../../core/index.ts";
import { type ClientAnswer, type ClientQuestion, type Numbered, receivedAnswer } from "./client-answer.ts";

/** Threads that each load the clients' module and answer one question at a time. */
export class ClientPool {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  #failure: PrivacyError | null = null;
  #asked = 0;

  /** @param module - URL of a module whose export `createClient` makes client number `index`. */
  constructor(module: string, threads: number) {
    this.#all = Array.from({ length: threads }, () => {
      const worker = new Worker(workerFile(), { workerData: { module } });
      worker.on("error", (cause) => this.#fail(cause));
      worker.setMaxListeners(0);
      this.#idle.push(worker);
      return worker;
    });
  }

  /** @throws PrivacyError `invalid_state` when a thread died: the module could not be loaded, or a client ended its thread. */
  async ask(question: ClientQuestion): Promise<ClientAnswer> {
    const worker = await this.#take();
    try {
      return await answerOf(worker, { number: this.#asked++, content: question });
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #take(): Promise<Worker> {
    if (this.#failure !== null) throw this.#failure;
    const worker = this.#idle.pop();
    if (worker !== undefined) return Promise.resolve(worker);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #fail(cause: unknown): PrivacyError {
    this.#failure ??= new PrivacyError(
      "invalid_state",
      "a thread of clients was to answer and died; look at the module's code",
      { object: "simulation", state: "a thread died" },
      { cause },
    );
    return this.#failure;
  }
}

function answerOf(worker: Worker, question: Numbered<ClientQuestion>): Promise<ClientAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      act();
    };
    const onMessage = (came: unknown): void => {
      const answer = receivedAnswer(question, came);
      if (answer !== undefined) settle(() => resolve(answer));
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (): void => settle(() => reject(new Error("the thread ended")));
    worker.on("message", onMessage);
    worker.once("error", onError);
    worker.once("exit", onExit);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    worker.postMessage(question);
  });
}

/** Threads can not load TypeScript on Node 20: the built file, also where this one is the source. */
function workerFile(): URL {
  const here = new URL("client-thread.js", import.meta.url).href;
  return new URL(here.replace(/\/src\/(?=federated\/simulation\/client-thread\.js$)/, "/dist/"));
}
