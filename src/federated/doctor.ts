import { constants, existsSync } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { lookup } from "node:dns/promises";
import { connect, isIP } from "node:net";
import { dirname, join } from "node:path";
import { isPrivacyError } from "../core/index.ts";
import { readLedger, verifyLedger } from "../ledger/index.ts";
import { isLoopback } from "./grpc/credentials.ts";
import { type Inspection, inspectRun } from "./grpc/inspect.ts";
import { readAuthority, readSiteIdentity } from "./identity/index.ts";
import type { JsonFile } from "./json-file.ts";
import { manifestBytes } from "./manifest.ts";
import { siteConnection } from "./run-join.ts";
import { type SiteFile, readSiteFile } from "./site-file.ts";
import { checkRun } from "./site-policy.ts";

/** One thing that was looked at. Skipped: what it needs has failed already, or the site file does not ask for it. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "failed" | "skipped";
  readonly detail: string;
}

const connectWithinMs = 4_000;
/** A certificate's dates and a clock that is wrong by more than this do not go together. */
const largestSkewMs = 60_000;
/** A certificate that ends sooner is worth a word now. */
const renewWithinMs = 30 * 86_400_000;

type Check = () => Promise<string> | string;

/**
 * Looks at everything that joining needs, in the order in which joining needs it, and goes on after a failure where it
 * can. Trains nothing, spends nothing, takes no seat. At most about ten seconds.
 *
 * @throws nothing: what is wrong is a finding.
 */
export async function examineSite(sitePath: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const run = async (check: string, look: Check | null, because = "an earlier check failed"): Promise<boolean> => {
    if (look === null) {
      findings.push({ check, status: "skipped", detail: because });
      return false;
    }
    try {
      findings.push({ check, status: "ok", detail: await look() });
      return true;
    } catch (error) {
      const detail = isPrivacyError(error) ? error.message.replace(/^\[\w+\] /, "") : String(error);
      findings.push({ check, status: "failed", detail });
      return false;
    }
  };
  let file: JsonFile<SiteFile> | undefined;
  await run("site file", () => {
    file = readSiteFile(sitePath);
    return `${sitePath} is well-formed${file.value.policy === undefined ? ", without a policy" : ", policy too"}`;
  });
  if (file === undefined) return findings;
  await examine(file, run);
  return findings;
}

async function examine(
  file: JsonFile<SiteFile>,
  run: (check: string, look: Check | null, because?: string) => Promise<boolean>,
): Promise<void> {
  const { value } = file;
  const hasIdentity = value.tls?.cert !== undefined;
  await run("ledger", async () => await ledgerState(file));
  await run("disk", async () => await diskState(file));
  const why = "the site file names no certificate";
  const isGood = await run("own certificate", hasIdentity ? () => ownCertificate(file) : null, why);
  const { host, port } = hostAndPort(value.server);
  const isKnown = await run("name", isIP(host) === 0 ? async () => await resolve(host) : () => `${host} is an address`);
  const isOpen = await run("connection", isKnown ? async () => await tcp(host, port) : null);
  let inspection: Inspection | undefined;
  const canAsk = isOpen && (isGood || !hasIdentity);
  await run(
    "TLS and handshake",
    canAsk ? async () => ((inspection = await inspectRun(siteConnection(file))), greeting(file, inspection)) : null,
  );
  const seen = inspection;
  await run("clock", seen === undefined ? null : () => clock(seen));
  await run("size", seen === undefined ? null : () => size(seen, value));
  const { policy, privacy, data } = value;
  const judge = (): string => {
    if (policy !== undefined && seen !== undefined)
      checkRun(policy, { ...seen.welcome }, { privacy, datasetSize: data.datasetSize });
    return "the announced run is allowed";
  };
  const noPolicy = policy === undefined ? "the site file has no policy" : "an earlier check failed";
  await run("policy", policy === undefined || seen === undefined ? null : judge, noPolicy);
}

/** @throws Error when the ledger there is broken or can not be written. */
async function ledgerState({ value, path }: JsonFile<SiteFile>): Promise<string> {
  const folder = path(value.ledger);
  await access(existingParent(folder), constants.W_OK);
  if (!existsSync(join(folder, "ledger.jsonl"))) return `${folder} will be made at the first run`;
  const { problems } = await verifyLedger(folder);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${folder}: ${JSON.stringify(problem)}`);
  const { records } = await readLedger(folder);
  return `${folder} holds together, ${records.length} records, and can be written`;
}

function existingParent(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingParent(dirname(folder));
}

async function diskState({ value, path }: JsonFile<SiteFile>): Promise<string> {
  const { bavail, bsize } = await statfs(existingParent(path(value.state ?? value.ledger)));
  const free = bavail * bsize;
  if (free < 64 << 20) throw new Error(`${free} bytes are free and a round needs at least 64 MiB; make room`);
  return `${(free / 2 ** 30).toFixed(1)} GiB free`;
}

function ownCertificate({ value: { tls, site }, path }: JsonFile<SiteFile>): string {
  const [caPath, certPath, keyPath] = [tls?.ca ?? "", tls?.cert ?? "", tls?.key ?? ""].map(path) as [
    string,
    string,
    string,
  ];
  const identity = readSiteIdentity({ caPath, certPath, keyPath });
  if (identity.site !== site)
    throw new Error(`the certificate is that of ${identity.site} and the site file says ${site}`);
  const { validTo } = identity.certificate;
  const soon = Date.parse(validTo) - Date.now() < renewWithinMs ? "; ask for a new one soon" : "";
  return `${site}, ${identity.fingerprint}, good until ${validTo}${soon}`;
}

function hostAndPort(address: string): { host: string; port: number } {
  const [, host = address, port = "443"] = /^(?:dns:\/*)?\[?([^\]]*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: Number(port) };
}

async function resolve(host: string): Promise<string> {
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0) throw new Error(`${host} has no address; check the name, and this machine's DNS`);
  return `${host} is ${found.map((f) => f.address).join(", ")}`;
}

async function tcp(host: string, port: number): Promise<string> {
  const started = performance.now();
  const socket = connect({ host, port });
  const outcome = await new Promise<string>((done) => {
    socket.setTimeout(connectWithinMs, () => done("nobody answers; is a firewall in between?"));
    socket.once("connect", () => done(""));
    socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
  socket.destroy();
  if (outcome !== "") throw new Error(`${host}:${port} can not be connected to (${outcome})`);
  return `${host}:${port} answers after ${(performance.now() - started).toFixed(0)} ms`;
}

function greeting({ value, path }: JsonFile<SiteFile>, { welcome, roundTripMs }: Inspection): string {
  const { runId, rounds, protocolVersion: version, minClients } = welcome;
  const claims = minClients === undefined ? "" : `, at least ${minClients} sites`;
  const trust =
    value.tls === undefined
      ? `in clear${isLoopback(value.server) ? " on this machine" : ""}`
      : `behind the authority ${readAuthority(path(value.tls.ca)).fingerprint}`;
  return `protocol ${version}, ${trust}; run ${runId}, ${rounds} rounds${claims}; answered in ${roundTripMs.toFixed(0)} ms`;
}

function clock({ serverDate }: Inspection): string {
  if (serverDate === null) return "the coordinator does not say what time it is";
  const skew = Date.now() - serverDate.getTime();
  // the coordinator's word is to a second, and was a moment on its way
  const off = Math.max(0, Math.abs(skew) - 1_000);
  if (off > largestSkewMs)
    throw new Error(`this clock and the coordinator's differ by ${(skew / 1000).toFixed(0)} s; set them right`);
  return `differs from the coordinator's by ${off < 1_000 ? "less than 2 s" : `${(skew / 1000).toFixed(0)} s`}`;
}

function size({ welcome: { tensors } }: Inspection, { policy }: SiteFile): string {
  const bytes = manifestBytes(tensors);
  const most = policy?.maxBytesPerRound ?? 4 * 2 ** 30;
  if (bytes > most) throw new Error(`the model has ${bytes} bytes and at most ${most} may leave in a round`);
  return `${tensors.length} tensors, ${bytes} bytes a round, at most ${most} allowed`;
}
