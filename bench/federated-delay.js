// A TCP relay on loopback that delays every byte by half a round trip each way, without limiting how much is under way.
import { connect, createServer } from "node:net";

function delayed(from, to, ms) {
  let [paused, queued] = [false, 0];
  from.on("data", (bytes) => {
    queued += bytes.length;
    setTimeout(() => {
      to.write(bytes);
      queued -= bytes.length;
      if (paused && queued < 32 << 20) {
        paused = false;
        from.resume();
      }
    }, ms);
    // far above the windows that are measured
    if (queued > 64 << 20) {
      paused = true;
      from.pause();
    }
  });
  from.on("end", () => setTimeout(() => to.end(), ms));
  from.on("error", () => to.destroy());
}

export async function delayRelay(port, roundTripMs) {
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const s of [near, far]) s.setNoDelay(true);
    delayed(near, far, roundTripMs / 2);
    delayed(far, near, roundTripMs / 2);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `127.0.0.1:${server.address().port}`, close: () => server.close() };
}
