import { X509Certificate, createPublicKey } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  RevocationList,
  approveRequest,
  initAuthority,
  inspectRequest,
  keyFingerprint,
  parseFingerprint,
  readCoordinatorKey,
  readSiteIdentity,
  renewServer,
  requestIdentity,
  revokeSite,
  siteOfCertificate,
} from "./index.ts";

let dir: string;
const at = (...names: string[]): string => join(dir, ...names);
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "sordino-identity-"));
  await initAuthority({ dir: at("ca"), hosts: ["localhost", "127.0.0.1"] });
});
afterAll(() => rmSync(dir, { recursive: true }));

let count = 0;
const request = async (site: string) => await requestIdentity({ dir: at(`site-${++count}`), site });
const identityIn = (folder: string, keyPath: string, now = new Date()) =>
  readSiteIdentity({ caPath: join(folder, "ca.pem"), certPath: join(folder, "site.pem"), keyPath }, now);

describe("an authority", () => {
  it("writes private keys for their owner alone, and nothing over what is there", async () => {
    for (const name of ["ca.key", "server.key", "coordinator.key"]) {
      expect(statSync(at("ca", name)).mode & 0o777).toBe(0o600);
    }
    const before = readFileSync(at("ca", "ca.key"), "utf8");
    const again = initAuthority({ dir: at("ca"), hosts: ["localhost"] });
    await expect(again).rejects.toMatchObject({ code: "output_occupied" });
    expect(readFileSync(at("ca", "ca.key"), "utf8")).toBe(before);
  });

  it("refuses to be made for no host, or for what is none", async () => {
    for (const hosts of [[], ["not a host"], ["https://x"], [""], ["a..b"]]) {
      const made = initAuthority({ dir: at("never"), hosts });
      await expect(made).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "hosts" } });
    }
  });

  it("issues certificates that OpenSSL's reading of them agrees with", () => {
    const ca = new X509Certificate(readFileSync(at("ca", "ca.pem")));
    const server = new X509Certificate(readFileSync(at("ca", "server.pem")));
    expect([ca.ca, server.ca]).toEqual([true, false]);
    expect(server.verify(ca.publicKey) && server.checkIssued(ca)).toBe(true);
    expect(server.checkHost("localhost")).toBe("localhost");
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.checkHost("elsewhere.example")).toBeUndefined();
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(readCoordinatorKey(at("ca", "coordinator.pem"), ca).asymmetricKeyType).toBe("ed25519");
    expect(() => readCoordinatorKey(at("ca", "server.pem"), ca)).toThrow("something else");
  });

  it("renews its server's certificate under the same authority, with a new key", async () => {
    const before = readFileSync(at("ca", "server.key"), "utf8");
    await renewServer({ dir: at("ca"), hosts: ["localhost", "127.0.0.1", "fed.example"] });
    const server = new X509Certificate(readFileSync(at("ca", "server.pem")));
    expect(server.checkHost("fed.example")).toBe("fed.example");
    expect(readFileSync(at("ca", "server.key"), "utf8")).not.toBe(before);
    expect(keyFingerprint(createPublicKey(readFileSync(at("ca", "server.key"), "utf8")))).toBe(
      keyFingerprint(server.publicKey),
    );
  });
});

describe("a site's request", () => {
  it("becomes an identity when the fingerprint that was read out is its own, and the key stays at the site", async () => {
    const { fingerprint, requestPath, keyPath } = await request("north");
    expect(statSync(keyPath).mode & 0o777).toBe(0o600);
    expect(readFileSync(requestPath, "utf8")).not.toContain("PRIVATE");
    expect(await inspectRequest(requestPath)).toEqual({ site: "north", fingerprint });
    const readOut = fingerprint
      .slice(7)
      .toUpperCase()
      .replaceAll(/..(?=.)/g, "$&:");
    const { folder } = await approveRequest({ dir: at("ca"), requestPath, fingerprint: readOut });
    const identity = identityIn(folder, keyPath);
    expect(identity).toMatchObject({ site: "north", fingerprint });
    expect(siteOfCertificate(identity.certificate)).toBe("north");
    expect(identity.certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  });

  it("is not approved under another fingerprint, a shortened one, or none", async () => {
    const { fingerprint, requestPath } = await request("harbor");
    const swapped = (await request("harbor")).fingerprint;
    const approve = async (typed: string) => await approveRequest({ dir: at("ca"), requestPath, fingerprint: typed });
    await expect(approve(swapped)).rejects.toMatchObject({ details: { check: "fingerprint" } });
    for (const typed of [fingerprint.slice(0, 30), "", "sha256:"]) {
      await expect(approve(typed)).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });

  it("is refused when it is none, or was changed on its way", async () => {
    const { requestPath } = await request("valley");
    const pem = readFileSync(requestPath, "utf8");
    const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ""), "base64");
    const name = der.indexOf("valley");
    der.write("galley", name);
    const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
    for (const [i, text] of [changed, "", "{}", pem.slice(0, 150)].entries()) {
      writeFileSync(at(`bad-${i}.csr`), text);
      await expect(inspectRequest(at(`bad-${i}.csr`))).rejects.toMatchObject({ details: { check: "certificate" } });
    }
  });

  it("for a site that has a key already is refused unless it is a rotation, which revokes the old one", async () => {
    const [first, second] = [await request("ridge"), await request("ridge")];
    await approveRequest({ dir: at("ca"), ...first });
    const asNew = approveRequest({ dir: at("ca"), ...second });
    await expect(asNew).rejects.toMatchObject({ details: { check: "name", peer: "ridge" } });
    const { revoked } = await approveRequest({ dir: at("ca"), ...second, isRotation: true });
    expect(revoked).toEqual([first.fingerprint]);
    expect(new RevocationList(at("ca", "revoked.json")).of(first.fingerprint)?.reason).toBe("rotated");
    const old = approveRequest({ dir: at("ca"), ...first });
    await expect(old).rejects.toMatchObject({ details: { check: "revoked" } });
  });

  it("can be approved again before its certificate ends: the same key, later dates", async () => {
    const asked = await request("delta");
    const early = await approveRequest({ dir: at("ca"), ...asked, days: 1 });
    const late = await approveRequest({ dir: at("ca"), ...asked, days: 30 });
    expect(late.notAfter > early.notAfter).toBe(true);
    expect(late.revoked).toEqual([]);
  });
});

describe("a site's identity", () => {
  it("that is out of date, another's, or for another key is refused by the check that failed", async () => {
    const asked = await request("lake");
    const { folder } = await approveRequest({ dir: at("ca"), ...asked, days: 1 });
    const refusal = (check: string) =>
      expect.objectContaining({ code: "identity_refused", details: expect.objectContaining({ check }) });
    const late = new Date(Date.now() + 2 * 86_400_000);
    expect(() => identityIn(folder, asked.keyPath, late)).toThrow(refusal("date"));
    expect(() => identityIn(folder, asked.keyPath, new Date(0))).toThrow(refusal("date"));
    await initAuthority({ dir: at("other"), hosts: ["localhost"] });
    const mixed = { caPath: at("other", "ca.pem"), certPath: join(folder, "site.pem"), keyPath: asked.keyPath };
    expect(() => readSiteIdentity(mixed)).toThrow(refusal("issuer"));
    expect(() => identityIn(folder, at("ca", "server.key"))).toThrow(refusal("certificate"));
    const server = { caPath: at("ca", "ca.pem"), certPath: at("ca", "server.pem"), keyPath: at("ca", "server.key") };
    expect(() => readSiteIdentity(server)).toThrow(refusal("name"));
  });

  it("whose key others can read is refused", async () => {
    const asked = await request("moor");
    const { folder } = await approveRequest({ dir: at("ca"), ...asked });
    mkdirSync(at("open"));
    writeFileSync(at("open", "site.key"), readFileSync(asked.keyPath), { mode: 0o644 });
    expect(() => identityIn(folder, at("open", "site.key"))).toThrow("chmod 600");
  });
});

describe("a revocation list", () => {
  it("names every key of a site once, and is read anew when it changes", async () => {
    const asked = await request("fjord");
    const list = new RevocationList(at("ca", "revoked.json"));
    await approveRequest({ dir: at("ca"), ...asked });
    expect(list.of(asked.fingerprint)).toBeUndefined();
    expect(revokeSite({ dir: at("ca"), site: "fjord", reason: "laptop lost" })).toHaveLength(1);
    expect(list.of(asked.fingerprint)).toMatchObject({ site: "fjord", reason: "laptop lost" });
    expect(() => revokeSite({ dir: at("ca"), site: "fjord" })).toThrow("not revoked yet");
    expect(() => revokeSite({ dir: at("ca"), site: "nobody" })).toThrow("with a certificate");
  });

  it("that is gone or no list is an error, never an empty list", () => {
    const fingerprint = parseFingerprint("a".repeat(64));
    expect(() => new RevocationList(at("none.json")).of(fingerprint)).toThrow("no site is let in");
    writeFileSync(at("torn.json"), '{"version":"federated-revocations/v1"');
    expect(() => new RevocationList(at("torn.json")).of(fingerprint)).toThrow("no site is let in");
  });
});
