// A site that holds no model: it counts what comes and sends one MiB again and again, under the protocol's own credit. What
// it costs is the transport, so that the coordinator is what is measured.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ChannelCredentials, Client } from "@grpc/grpc-js";
import { CreditGate } from "../dist/federated/credit.js";
import { signReport } from "../dist/federated/epsilon-report.js";
import { maxMessageBytes } from "../dist/federated/grpc/codec.js";
import { converse } from "../dist/federated/grpc/conversation.js";
import { flowControlWindow } from "../dist/federated/grpc/flow-control.js";
import { joinMethod } from "../dist/federated/grpc/service.js";
import { readPrivateKey } from "../dist/federated/identity/index.js";
import { SendLimit } from "../dist/federated/send-limit.js";

const mib = 1 << 20;
const now = () => performance.timeOrigin + performance.now();

/** The digest of one tensor of `length` bytes that are all the same. */
function digestOf(length, chunk) {
  const hash = createHash("sha256");
  for (let left = length; left > 0; left -= chunk.length) hash.update(chunk.subarray(0, Math.min(left, chunk.length)));
  return hash.digest();
}

/** Plays a run; resolves with the times of each round: { downMs, upMs, bytes }. */
export async function thinSite({ address, site, tls }) {
  const credentials =
    tls === undefined
      ? ChannelCredentials.createInsecure()
      : ChannelCredentials.createSsl(
          ...[tls.caPath, tls.keyPath, tls.certPath].map((path) => path && readFileSync(path)),
        );
  const channel = new Client(address, credentials, {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc-node.flow_control_window": flowControlWindow,
    "grpc.enable_retries": 0,
    "grpc.use_local_subchannel_pool": 1,
  });
  const { path, requestSerialize, responseDeserialize } = joinMethod;
  const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  call.on("error", () => undefined);
  const gate = new CreditGate();
  const chunk = new Uint8Array(new Float32Array(mib / 4).fill(0.5).buffer);
  const digests = new Map();
  const rounds = [];
  let [order, left, unsaid, run, began, sent] = [null, 0, 0, "", 0, 0];
  let speaker;

  const upload = async () => {
    const tensors = order.tensors.map((t) => {
      const length = 4 * t.shape.reduce((a, b) => a * b, 1);
      if (!digests.has(length)) digests.set(length, digestOf(length, chunk));
      return { ...t, sha256: digests.get(length) };
    });
    const facts = { round: order.round, stepsTaken: 1, privacy: null, isAgain: false, tensors };
    const report = tls?.keyPath && { report: signReport({ run, site, header: facts }, readPrivateKey(tls.keyPath)) };
    gate.reset();
    sent = now();
    await speaker.send({ kind: "update-header", ...facts, ...report });
    const limit = new SendLimit(3);
    for (const [tensor, { shape }] of tensors.entries()) {
      const length = 4 * shape.reduce((a, b) => a * b, 1);
      for (let index = 0; index * mib < length; index++) {
        if (!(await gate.take())) return;
        await limit.begin();
        const data = chunk.subarray(0, Math.min(mib, length - index * mib));
        void speaker.send({ kind: "chunk", tensor, index, data }).finally(() => limit.end());
      }
    }
    await speaker.send({ kind: "update-end", round: order.round, complete: true });
  };

  await new Promise((resolve) => {
    const receive = async (m) => {
      if (m.kind === "welcome") run = m.runId;
      if (m.kind === "credit") gate.grant(m.chunks);
      if (m.kind === "instruction" && m.instruction === "stop") {
        await speaker.send({ kind: "leave" });
        call.end();
      } else if (m.kind === "instruction") {
        order = m;
        left = m.tensors.reduce((sum, t) => sum + 4 * t.shape.reduce((a, b) => a * b, 1), 0);
        rounds.push({ bytes: left });
        [began, unsaid] = [now(), 0];
        void speaker.send({ kind: "credit", chunks: 14 });
      } else if (m.kind === "chunk") {
        left -= m.data.length;
        if (++unsaid === 4) {
          void speaker.send({ kind: "credit", chunks: 4 });
          unsaid = 0;
        }
        if (left > 0) return;
        rounds.at(-1).downMs = now() - began;
        void upload();
      } else if (m.kind === "receipt") rounds.at(-1).upMs = now() - sent;
      else if (m.kind === "reject") throw new Error(`refused: ${m.reason}`);
    };
    speaker = converse(call, {
      receive,
      closed: async () => resolve(),
      failed: (error) => {
        console.error(error);
        call.cancel();
      },
    });
    void speaker.send({ kind: "join", protocolVersion: 1, site, capabilities: ["train"], weight: 1, held: null });
  });
  channel.close();
  return rounds;
}
