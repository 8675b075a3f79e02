// A helper for tests. Job 0: ticket k adds 1 to the k-th i32 from `base` on. Job 1: takes one ticket and sleeps for ever.
import { serveThread } from "../../dist/kernels/index.js";

serveThread((kernels) => {
  let heard = 0;
  return {
    hear(message) {
      heard = message;
    },
    start([kind, wanted]) {
      const cells = new Int32Array(kernels.floats().buffer, 64 * Math.ceil(kernels.base / 64), 1024);
      if (wanted !== heard) return undefined;
      return (ticket) => {
        if (kind === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        if (kind === 2) throw new Error("on purpose");
        Atomics.add(cells, ticket, 1);
        if (kind === 3) Atomics.add(cells, 1023, 1);
      };
    },
  };
});
