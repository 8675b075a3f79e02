import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditEntry, type FederatedClient, startClient, verifyAuditTrail } from "../federated/index.ts";
import type { Output } from "./output.ts";
import { runCli } from "./program.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-secrecy-"));
  mkdirSync(join(dir, "model"));
  const weightsManifest = [{ paths: ["weights.bin"], weights: [{ name: "w", dtype: "float32", shape: [2] }] }];
  writeFileSync(join(dir, "model", "model.json"), JSON.stringify({ modelTopology: {}, weightsManifest }));
  writeFileSync(join(dir, "model", "weights.bin"), Buffer.alloc(8));
});
afterAll(() => rmSync(dir, { recursive: true }));

const enrolled = ["ashford", "elmwood", "firstead", "oakham", "yewbury", "baytown"];
const rounds = 6;

interface Told {
  /** Everything that the run told anybody but its coordinator: lines, pages, files by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly audit: readonly AuditEntry[];
  readonly sealed: readonly AuditEntry[];
  readonly sealedMode: number;
  /** How many sites trained in each round, as the sites themselves know it. */
  readonly trained: readonly number[];
}

/** Plays a run in which each site is drawn with probability one half, and gathers all that it says. */
async function gather(name: string, ...flags: string[]): Promise<Told> {
  const home = mkdtempSync(join(dir, `${name}-`));
  const at = (file: string): string => join(home, file);
  const plan = { samplingProbability: 0.5, l2ClipNorm: 1, noiseMultiplier: 4, delta: 1e-5 };
  const run = {
    version: "federated-config/v1",
    address: "127.0.0.1:0",
    observe: "127.0.0.1:0",
    model: "../model",
    rounds,
    minClients: enrolled.length,
    weights: "equal",
    stateDir: "state",
    audit: "audit.jsonl",
    output: "final",
    deadlineMs: 5000,
    siteLevelPrivacy: { ...plan, enrolled, ledger: "ledger", scope: "sites", privateRecords: "drawn.jsonl" },
  };
  writeFileSync(at("run.json"), JSON.stringify(run));
  const [texts, out, said] = [new Map<string, string>(), [] as string[], [] as string[]];
  const trained = Array.from({ length: rounds }, () => 0);
  const [sites, pages]: Promise<unknown>[][] = [[], []];
  let status = "";
  // a page after every answer of a site and every round
  const look = (): void => {
    for (const path of ["page", "metrics"]) {
      const [name, url] = [`${path}#${pages.length}`, `${status}${path === "page" ? "" : path}`];
      const text = fetch(url).then(async (response) => void texts.set(name, await response.text()));
      // after the last round nobody may answer any more
      pages.push(text.catch(() => undefined));
    }
  };
  const client: FederatedClient = {
    getParameters: () => [],
    fit: (parameters, { round }) => {
      trained[round - 1] += 1;
      look();
      return parameters;
    },
    evaluate: () => ({}),
  };
  const output: Output = {
    out: (line) => (look(), void out.push(line)),
    progress: (line) => {
      said.push(line);
      status = /http:\S+/.exec(line)?.[0] ?? status;
      const address = /listening on (\S+)/.exec(line)?.[1];
      if (address !== undefined) sites.push(...enrolled.map((site) => startClient({ address, site, client })));
    },
    status: (line) => void said.push(line),
    isTerminal: false,
  };
  expect(await runCli(["federated", "serve", at("run.json"), ...flags], output)).toBe(0);
  await Promise.all([...sites, ...pages]);
  texts.set("stdout", out.join("\n")).set("stderr", said.join("\n"));
  const [sealedBytes, auditBytes] = [readFileSync(at("drawn.jsonl")), readFileSync(at("audit.jsonl"))];
  for (const file of readdirSync(home, { recursive: true, encoding: "utf8" })) {
    const isOpen = !["drawn.jsonl", "audit.jsonl", "run.json"].includes(file);
    if (isOpen && statSync(at(file)).isFile()) texts.set(file, `${file}\n${readFileSync(at(file), "latin1")}`);
  }
  const { entries: audit } = verifyAuditTrail(auditBytes);
  const { entries: sealed, fault } = verifyAuditTrail(sealedBytes);
  expect(fault).toBeNull();
  return { texts, audit, sealed, sealedMode: statSync(at("drawn.jsonl")).mode & 0o777, trained };
}

describe("who was drawn for a round with the site as unit", () => {
  it.each([["lines"], ["json", "--json"]])(
    "is told by no line, page, metric, journal, ledger, model or trail (%s)",
    async (...args) => {
      const { texts, audit, trained } = await gather(...(args as [string, ...string[]]));
      const told = [...texts.keys()].map((where) => where.split("#")[0]);
      const all = ["stdout", "stderr", "page", "metrics", "ledger/ledger.jsonl", "state/rounds.jsonl"];
      expect(told).toEqual(expect.arrayContaining([...all, "final/model.json"]));
      for (const [where, text] of texts) {
        for (const site of enrolled) expect(text.includes(site) ? `${where} names ${site}` : "").toBe("");
      }
      // every site comes once, drawn or not; nothing else in the trail has a name
      const named = audit.filter((entry) => enrolled.some((site) => JSON.stringify(entry).includes(site)));
      expect(named.map(({ kind }) => kind)).toEqual(enrolled.map(() => "session-opened"));
      expect(new Set(named.map((entry) => ("peer" in entry ? entry.peer : ""))).size).toBe(enrolled.length);
      // nor how many there were: every round tells the same of its sites
      expect(audit.filter(({ kind }) => kind === "update-received")).toEqual([]);
      for (const [where, text] of texts) {
        if (where.startsWith("metrics"))
          expect(text).not.toMatch(/^sordino_update\w*\{[^}]*\} [1-9]|^sordino_update_bytes_total [1-9]/m);
      }
      const lines = (texts.get("stdout") ?? "").split("\n").filter((line) => /round/.test(line));
      const shapes = new Set(
        lines.slice(0, rounds).map((line) => line.replaceAll(/"modelDigest":"\w+"|round"?:? ?\d+/g, "")),
      );
      expect(shapes.size).toBe(1);
      // nobody at all would be drawn with probability 2^-36
      expect(trained.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
    },
  );

  it("is in the coordinator's private record, which others can not read", async () => {
    const { sealed, sealedMode, trained } = await gather("sealed");
    expect(sealedMode).toBe(0o600);
    const drawn = sealed.flatMap((entry) => (entry.kind === "sites-drawn" ? [entry.sites.length] : []));
    expect(drawn).toEqual(trained);
    const received = sealed.filter(({ kind }) => kind === "update-received").length;
    expect(received).toBe(trained.reduce((sum, n) => sum + n, 0));
  });
});
