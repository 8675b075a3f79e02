import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertificateFiles, writeCertificate } from "./certificate.fixture.ts";
import { startClient } from "./client.ts";
import { answer, firstValues, loopbackServer, scriptedClient } from "./scripted-client.fixture.ts";

let dir: string;
let own: CertificateFiles;
let other: CertificateFiles;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-tls-"));
  own = writeCertificate(dir, "localhost", "own");
  other = writeCertificate(dir, "localhost", "other");
  writeFileSync(join(dir, "site.json"), "{}");
});
afterAll(() => rmSync(dir, { recursive: true }));

const attend = async (address: string, caPath: string, onTrain = (): void => undefined): Promise<unknown> => {
  const client = scriptedClient(() => {
    onTrain();
    return answer(5, 6)();
  });
  return await startClient({ address, site: "a", client, tls: { caPath }, retry: { attempts: 2, firstDelayMs: 1 } });
};

describe("a run over TLS", () => {
  it("carries a round to a site that trusts its certificate", async () => {
    const server = await loopbackServer({ tls: own });
    await attend(`localhost:${server.port}`, own.certPath);
    expect(firstValues((await server.finished).parameters)).toEqual([5, 6]);
  });

  it("is refused at once by a site that trusts another authority, and nothing is asked of it", async () => {
    const server = await loopbackServer({ tls: own });
    let trained = 0;
    const refused = attend(`localhost:${server.port}`, other.certPath, () => (trained += 1));
    await expect(refused).rejects.toMatchObject({ code: "identity_refused", details: { check: "issuer" } });
    expect(trained).toBe(0);
    await server.close();
  });

  it("C-P39: is refused by a site to which the certificate names another host", async () => {
    const wrongHost = writeCertificate(dir, "elsewhere.example", "elsewhere");
    const server = await loopbackServer({ tls: wrongHost });
    const attended = attend(`localhost:${server.port}`, wrongHost.certPath);
    await expect(attended).rejects.toMatchObject({ code: "identity_refused", details: { check: "name" } });
    await server.close();
  });

  it("says of files that are no certificate, or another's key, that they are: not of the address", async () => {
    const named = { code: "invalid_argument", details: { argument: "tls" } };
    const swapped = { certPath: own.keyPath, keyPath: own.certPath };
    const mixed = { certPath: own.certPath, keyPath: other.keyPath };
    for (const tls of [swapped, mixed]) await expect(loopbackServer({ tls })).rejects.toMatchObject(named);
    for (const caPath of [own.keyPath, join(dir, "site.json")])
      await expect(attend("localhost:1", caPath)).rejects.toMatchObject(named);
    const missing = attend("localhost:1", join(dir, "none.pem"));
    await expect(missing).rejects.toMatchObject({ code: "file_unreadable" });
  });

  it("is not begun in clear by a list of addresses that starts on loopback", async () => {
    const client = scriptedClient(answer(1, 1));
    const listed = startClient({ address: "ipv4:127.0.0.1:1,192.0.2.1:443", site: "a", client });
    await expect(listed).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "tls" } });
  });
});
