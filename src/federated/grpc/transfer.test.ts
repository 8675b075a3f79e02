import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChannelCredentials, Client, Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import type { Parameters } from "../parameters.ts";
import { startClient } from "./client.ts";
import { converse } from "./conversation.ts";
import { answer, firstValues, loopbackServer, scriptedClient, vector } from "./scripted-client.fixture.ts";
import { federationService, joinMethod } from "./service.ts";

const once = { attempts: 1, firstDelayMs: 1 };

/** A server that does what `attend` says on each stream. */
async function bareServer(
  attend: (call: ServerDuplexStream<SiteMessage, CoordinatorMessage>) => void,
): Promise<{ address: string; close: () => void }> {
  const server = new Server();
  server.addService(federationService, { join: attend });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (e, p) =>
      e === null ? resolve(p) : reject(e),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

/** The long form: 633 MB in one tensor, 10,000 messages instead of 2,000. */
const isLarge = process.env["SORDINO_LARGE"] === "1";

describe("transfers", () => {
  // above the 4 MiB at which a gRPC message is refused by default; the third, of 633 MB, with SORDINO_LARGE=1 alone
  const sizes = [4_794_074, 7_154_455, ...(isLarge ? [633_346_913] : [])];
  it.each(sizes)(
    "C-P37: a tensor of %i bytes passes with no option set, both ways",
    { timeout: 120_000 },
    async (size) => {
      const data = randomBytes(size);
      const model = (d: Uint8Array): Parameters => [{ name: "blob", dtype: "uint8", shape: [size], data: d }];
      const server = await loopbackServer({ initialModel: { parameters: model(new Uint8Array(size)) } });
      const client = scriptedClient((p) => {
        expect(p[0]?.data).toHaveLength(size);
        return model(new Uint8Array(data));
      });
      await startClient({ address: server.address, site: "a", client });
      const { parameters } = await server.finished;
      const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
      expect(digest(parameters[0]?.data as Uint8Array)).toBe(digest(data));
    },
  );

  it("C-P40: numbered messages of 64 KiB to a reader that takes its time arrive all, in order, and the sender holds few", async () => {
    const [count, size] = [isLarge ? 10_000 : 2_000, 64 << 10];
    const sent = createHash("sha256");
    const got = createHash("sha256");
    const indices: number[] = [];
    let done: () => void;
    const finished = new Promise<void>((resolve) => (done = resolve));
    const { address, close } = await bareServer((call) => {
      converse<SiteMessage, CoordinatorMessage>(call, {
        receive: async (m) => {
          if (m.kind !== "chunk") return;
          indices.push(m.index);
          got.update(m.data);
          if (m.index % 4 === 0) await new Promise((r) => setTimeout(r, 1));
        },
        closed: async () => {
          call.end();
          done();
        },
        failed: (error) => expect.fail(String(error)),
      });
    });
    const channel = new Client(address, ChannelCredentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = joinMethod;
    const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const nothing = async (): Promise<void> => undefined;
    const speaker = converse<CoordinatorMessage, SiteMessage>(call, {
      receive: nothing,
      closed: nothing,
      failed: () => undefined,
    });
    let mostWaiting = 0;
    const random = randomBytes(size);
    for (let index = 0; index < count; index++) {
      const data = Buffer.from(random);
      data.writeUInt32LE(index, 4 * (index % 1000));
      sent.update(data);
      await speaker.send({ kind: "chunk", tensor: 0, index, data });
      mostWaiting = Math.max(mostWaiting, call.writableLength);
    }
    call.end();
    await finished;
    channel.close();
    close();
    expect(indices).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(got.digest("hex")).toBe(sent.digest("hex"));
    expect(mostWaiting).toBeLessThanOrEqual(16);
  });
});

describe("evaluation", () => {
  const secret = 0.123_456_789;

  it("of a site that declares no public data never runs and never leaves, whatever the coordinator asks", async () => {
    const wire: Buffer[] = [];
    const answers: SiteMessage[] = [];
    const { address, close } = await bareServer((call) => {
      call.on("data", (m: SiteMessage) => {
        answers.push(m);
        wire.push(joinMethod.requestSerialize(m));
        const tensors = [{ name: "w", dtype: "uint8", shape: [0], sha256: createHash("sha256").digest() }] as const;
        const unsigned = { from: { tensor: 0, index: 0 }, lineage: null, signature: new Uint8Array() };
        const common = { round: 1, config: {}, tensors, ...unsigned };
        if (m.kind === "join") {
          call.write({ kind: "welcome", protocolVersion: 1, runId: "r", rounds: 1, topologyJson: "", tensors: [] });
          call.write({ kind: "instruction", instruction: "evaluate", ...common });
        } else if (m.kind === "declined") call.write({ kind: "instruction", instruction: "stop", ...common });
        else call.end();
      });
    });
    let calls = 0;
    const evaluate = (): { loss: number } => {
      calls += 1;
      return { loss: secret };
    };
    const client = { ...scriptedClient(answer(1)), evaluate };
    const { rounds } = await startClient({ address, site: "a", client });
    close();
    expect(calls).toBe(0);
    expect(rounds).toMatchObject([{ asked: "evaluate", outcome: "declined", reason: "not-available" }]);
    expect(answers.map((m) => m.kind)).toEqual(["join", "declined", "leave"]);
    expect(Buffer.concat(wire).includes(Buffer.from(Float64Array.of(secret).buffer))).toBe(false);
  });

  it("is not asked of such a site, and the round says that there was none", async () => {
    const server = await loopbackServer({ evaluateEvery: 1 });
    await startClient({ address: server.address, site: "a", client: scriptedClient(answer(1, 1)) });
    const { rounds } = await server.finished;
    expect(rounds[0]?.evaluation).toEqual({ outcome: "no usable evaluation", metrics: {}, sites: [] });
  });

  it("C-P32: that gives a metric which is no finite number is declined, by name, at the site", async () => {
    const server = await loopbackServer({ evaluateEvery: 1 });
    const metrics = { update: [1, 2, 3] } as unknown as Record<string, number>;
    const client = { ...scriptedClient(answer(1, 1)), evaluate: () => ({ metrics }) };
    const { rounds } = await startClient({ address: server.address, site: "a", client, evaluation: "public" });
    expect(rounds[1]).toMatchObject({ asked: "evaluate", outcome: "declined", error: { code: "invalid_argument" } });
    expect((await server.finished).rounds[0]?.evaluation?.outcome).toBe("no usable evaluation");
  });
});

const hasOpenssl = ((): boolean => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)("TLS, with certificates made for the test", () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "sordino-tls-"));
    for (const name of ["one", "two"]) {
      const files = ["-keyout", join(dir, `${name}.key`), "-out", join(dir, `${name}.pem`)];
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
      execFileSync("openssl", ["req", "-x509", ...key, ...files, ...subject], { stdio: "ignore" });
    }
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const tls = (): { certPath: string; keyPath: string } => {
    return { certPath: join(dir, "one.pem"), keyPath: join(dir, "one.key") };
  };

  it("carries a run when the site knows the authority", async () => {
    const server = await loopbackServer({ tls: tls() });
    const ca = { caPath: join(dir, "one.pem") };
    await startClient({ address: server.address, site: "a", client: scriptedClient(answer(5, 6)), tls: ca });
    expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
  });

  it("C-P39: refuses another authority, and clear text, within five seconds, and says what failed", async () => {
    const server = await loopbackServer({ tls: tls() });
    const { address } = server;
    const started = performance.now();
    const client = scriptedClient(() => vector(1, 1));
    const other = startClient({ address, site: "a", client, tls: { caPath: join(dir, "two.pem") } });
    await expect(other).rejects.toThrow(/identity_refused.*certificate/);
    await expect(startClient({ address, site: "a", client, retry: once })).rejects.toMatchObject({
      code: "unreachable",
    });
    expect(performance.now() - started).toBeLessThan(5_000);
    await server.close();
  });

  it("refuses files that are not there, naming them", async () => {
    const missing = { certPath: join(dir, "no.pem"), keyPath: join(dir, "no.key") };
    await expect(loopbackServer({ tls: missing })).rejects.toMatchObject({ code: "file_unreadable" });
  });
});
