// A helper for tests that wakes late, again and again: it counts itself in, finds the gate closed, and leaves.
import { workerData } from "node:worker_threads";

const [inside] = [2];
const words = new Int32Array(workerData.control, 0, 16);
for (;;) {
  Atomics.add(words, inside, 1);
  Atomics.sub(words, inside, 1);
  Atomics.notify(words, inside);
}
