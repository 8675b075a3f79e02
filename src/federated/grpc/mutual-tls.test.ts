import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { PrivacyError } from "../../core/index.ts";
import type { ClientSummary } from "../client.ts";
import { holdsReport } from "../epsilon-report.ts";
import {
  type IdentityPaths,
  approveRequest,
  authorityFiles,
  initAuthority,
  readAuthority,
  readCertificate,
  requestIdentity,
  revokeSite,
} from "../identity/index.ts";
import type { UpdateHeader } from "../messages.ts";
import { writeCertificate } from "./certificate.fixture.ts";
import { type ClientOptions, startClient } from "./client.ts";
import { rawJoin } from "./raw-join.fixture.ts";
import { answer, firstValues, loopbackServer, scriptedClient } from "./scripted-client.fixture.ts";
import type { FederatedServer } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";

let dir: string;
let own: string;
let other: string;
const sites: Record<string, IdentityPaths> = {};
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "sordino-mutual-"));
  [own, other] = [join(dir, "ca"), join(dir, "ca-2")];
  for (const folder of [own, other]) await initAuthority({ dir: folder, hosts: ["localhost", "127.0.0.1"] });
  for (const site of ["a", "b", "c"]) sites[site] = await enroll(own, site);
  sites["stranger"] = await enroll(other, "a");
  sites["expired"] = await enroll(own, "old", new Date(Date.now() - 2 * 86_400_000));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function enroll(authority: string, site: string, now = new Date()): Promise<IdentityPaths> {
  const asked = await requestIdentity({ dir: mkdtempSync(join(dir, `${site}-`)), site });
  const { folder } = await approveRequest({ dir: authority, ...asked, days: 1, now });
  return { caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath };
}

async function serve(options: Partial<ServerOptions> = {}): Promise<FederatedServer> {
  const { serverCert, serverKey, caCert, revoked } = authorityFiles(own);
  const tls = { certPath: serverCert, keyPath: serverKey, clients: { caPath: caCert, revokedPath: revoked } };
  const server = await loopbackServer({ tls, ...options });
  onTestFinished(async () => await server.close());
  return server;
}

async function attend(
  server: { port: number },
  site: string,
  options: Partial<ClientOptions> = {},
): Promise<ClientSummary> {
  const address = `127.0.0.1:${server.port}`;
  const base = { address, site, client: scriptedClient(answer(5, 6)), retry: { attempts: 2, firstDelayMs: 1 } };
  return await startClient({ ...base, tls: sites[site] ?? { caPath: "" }, ...options });
}

/** Both refuse within five seconds, or the test fails by its own clock. */
async function refusal(promise: Promise<unknown>): Promise<PrivacyError<"identity_refused">> {
  const before = performance.now();
  const error: unknown = await promise.catch((e: unknown) => e);
  expect(performance.now() - before).toBeLessThan(5_000);
  expect(error).toMatchObject({ code: "identity_refused" });
  return error as PrivacyError<"identity_refused">;
}

describe("a run with mutual TLS", () => {
  it("carries a round, and every update's report is signed by the key of the certificate", async () => {
    const received: { site: string; header: UpdateHeader; reason: unknown }[] = [];
    const witness = {
      opened: () => undefined,
      refused: () => undefined,
      received: (site: string, header: UpdateHeader, reason: unknown) => void received.push({ site, header, reason }),
    };
    const server = await serve({ witness });
    await attend(server, "a");
    expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
    const [{ site, header, reason } = expect.fail()] = received;
    expect([site, reason]).toEqual(["a", null]);
    const key = readCertificate(sites["a"]?.certPath ?? "").publicKey;
    const facts = { run: server.runId, site, header };
    expect(holdsReport(header.report, facts, key)).toBe(true);
    // a report that holds for anything else holds for nothing
    for (const changed of [
      { ...facts, run: "another" },
      { ...facts, site: "b" },
      { ...facts, header: { ...header, round: 2 } },
      { ...facts, header: { ...header, stepsTaken: 1 } },
    ]) {
      expect(holdsReport(header.report, changed, key)).toBe(false);
    }
    expect(holdsReport(header.report, facts, readCertificate(sites["b"]?.certPath ?? "").publicKey)).toBe(false);
    expect(holdsReport(undefined, facts, key)).toBe(false);
  });

  it("refuses a site that claims another's name: here before it connects, and at the coordinator", async () => {
    const server = await serve();
    const honest = await refusal(attend(server, "b", sites["a"] === undefined ? {} : { tls: sites["a"] }));
    expect(honest.details).toEqual({ check: "name", peer: "b" });
    // a client that does not look at its own certificate
    const reply = await rawJoin(server.port, "b", sites["a"] ?? expect.fail());
    expect(reply).toMatchObject({ kind: "reject", reason: "identity" });
  });

  it("refuses a site whose certificate is from another authority, and says so on both sides", async () => {
    const refused: PrivacyError<"identity_refused">[] = [];
    const server = await serve({ onRefused: (error) => void refused.push(error) });
    const wrong = { ...(sites["stranger"] ?? expect.fail()), caPath: sites["a"]?.caPath ?? "" };
    expect((await refusal(attend(server, "a", { tls: wrong }))).details.check).toBe("issuer");
    // what a client that does not look gets from the coordinator
    await expect(rawJoin(server.port, "a", wrong)).rejects.toThrow();
    await expect.poll(() => refused.map((e) => e.details.check)).toEqual(["issuer"]);
  });

  it("is refused by a site to whose authority the coordinator does not belong", async () => {
    const server = await serve();
    const tls = sites["stranger"] ?? expect.fail();
    expect((await refusal(attend(server, "a", { tls }))).details.check).toBe("issuer");
  });

  it("C-P39: refuses a certificate that is out of date, on both sides", async () => {
    const refused: PrivacyError<"identity_refused">[] = [];
    const server = await serve({ onRefused: (error) => void refused.push(error) });
    const tls = sites["expired"] ?? expect.fail();
    expect((await refusal(attend(server, "old", { tls }))).details).toEqual({ check: "date", peer: "old" });
    await expect(rawJoin(server.port, "old", tls)).rejects.toThrow();
    await expect.poll(() => refused.map((e) => e.details.check)).toEqual(["date"]);
  });

  it("refuses a site without a certificate, and says that one was wanted", async () => {
    const server = await serve();
    const tls = { caPath: sites["a"]?.caPath ?? "" };
    expect((await refusal(attend(server, "a", { tls }))).details.check).toBe("certificate");
  });

  it("refuses a revoked site by name at its next stream", async () => {
    sites["gone"] = await enroll(own, "gone");
    revokeSite({ dir: own, site: "gone", reason: "laptop lost" });
    const refused: PrivacyError<"identity_refused">[] = [];
    const server = await serve({ onRefused: (error) => void refused.push(error) });
    const error = await refusal(attend(server, "gone"));
    expect([error.details.check, error.message]).toEqual(["revoked", expect.stringContaining("laptop lost")]);
    expect(refused.map((e) => e.details)).toEqual([{ check: "revoked", peer: "gone" }]);
  });

  it("ends the session of a site that is revoked in the middle of a round, and goes on without it", async () => {
    sites["lost"] = await enroll(own, "lost");
    const server = await serve({ minClients: 2 });
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const never = scriptedClient(async () => {
      isAsked();
      await new Promise((resolve) => setTimeout(resolve, 1_500).unref());
      return answer(9, 9)();
    });
    const lost = refusal(attend(server, "lost", { client: never }));
    const there = attend(server, "b");
    await asked;
    revokeSite({ dir: own, site: "lost" });
    expect((await lost).details.check).toBe("revoked");
    await there;
    expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
  }, 15_000);

  it("is refused by a site that pinned another key, and joined by one that pinned its authority's", async () => {
    const server = await serve();
    const a = sites["a"] ?? expect.fail();
    const fingerprints = [readAuthority(join(other, "ca.pem")).fingerprint];
    expect((await refusal(attend(server, "a", { tls: { ...a, fingerprints } }))).details.check).toBe("fingerprint");
    await attend(server, "a", { tls: { ...a, fingerprints: [readAuthority(join(own, "ca.pem")).fingerprint] } });
  });

  it("is refused by a site that reaches it by a name that its certificate does not have", async () => {
    const self = writeCertificate(dir, "localhost", "self");
    const server = await loopbackServer({ tls: self });
    onTestFinished(async () => await server.close());
    const tls = { caPath: self.certPath };
    expect((await refusal(attend(server, "a", { tls }))).details.check).toBe("name");
  });

  it("speaks TLS 1.3 alone: in 1.2 a site's certificate would cross the network in clear", async () => {
    const server = await serve();
    const socket = connect({
      port: server.port,
      rejectUnauthorized: false,
      maxVersion: "TLSv1.2",
      ALPNProtocols: ["h2"],
    });
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toMatch(/protocol version|wrong version/i);
  });

  it("is not begun without a revocation list that can be read", async () => {
    const { serverCert, serverKey, caCert } = authorityFiles(own);
    const clients = { caPath: caCert, revokedPath: join(dir, "none.json") };
    const started = loopbackServer({ tls: { certPath: serverCert, keyPath: serverKey, clients } });
    await expect(started).rejects.toMatchObject({ code: "file_unreadable" });
  });
});
