import { describe, expect, it, onTestFinished } from "vitest";
import type { RoundRecord } from "./round-record.ts";
import { RunProgress, prometheusText, statusPage } from "./run-progress.ts";
import { startStatusServer } from "./status-server.ts";

function progress(): RunProgress {
  const run = new RunProgress(3);
  run.started("run-1");
  run.opened("north");
  run.refused("revoked");
  run.refused("revoked");
  run.received(
    { round: 1, isAgain: false, stepsTaken: 1, privacy: null, tensors: [{ name: "w", dtype: "float32", shape: [2] }] },
    null,
  );
  run.received({ round: 1, isAgain: false, stepsTaken: 1, privacy: null, tensors: [] }, "non-finite");
  const privacy = {
    epsilon: { lower: 1, point: 1.5, upper: 1.5 },
    delta: 1e-5,
    neighboring: "add-or-remove-one",
    unit: "user",
  } as const;
  const none = {
    epsilon: { lower: 0, point: Infinity, upper: Infinity },
    delta: 1e-5,
    neighboring: "add-or-remove-one",
    unit: "user",
  } as const;
  const site = { weight: 1, status: "used", reason: null, stepsTaken: 4 } as const;
  const record: RoundRecord = {
    version: "federated-round/v1",
    round: 1,
    outcome: "released",
    modelDigest: "ab".repeat(32),
    sites: [
      { ...site, site: "north", privacy },
      { ...site, site: 'so"uth<b>', privacy: none },
    ],
    evaluation: null,
  };
  run.closed(record);
  return run;
}

/** A reading of the text format of its own: name, labels, value. */
function samples(text: string): Map<string, string> {
  const lines = text
    .trimEnd()
    .split("\n")
    .filter((l) => !l.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [, key = "", value = ""] =
        /^([a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*\})?) ([0-9.e+-]+|\+Inf)$/.exec(line) ?? [];
      expect(key, line).not.toBe("");
      return [key, value];
    }),
  );
}

describe("the metrics of a run", () => {
  it("are well-formed and count what happened", () => {
    const found = samples(prometheusText(progress()));
    expect(found.get("sordino_rounds_planned")).toBe("3");
    expect(found.get('sordino_rounds_closed_total{outcome="released"}')).toBe("1");
    expect(found.get('sordino_refusals_total{reason="revoked"}')).toBe("2");
    expect(found.get('sordino_updates_total{outcome="non-finite"}')).toBe("1");
    expect(found.get("sordino_update_bytes_total")).toBe("8");
    expect(found.get('sordino_site_epsilon{site="north",unit="user",delta="0.00001"}')).toBe("1.5");
    expect(found.get('sordino_site_epsilon{site="so\\"uth<b>",unit="user",delta="0.00001"}')).toBe("+Inf");
  });

  it("are served on this machine alone, read-only, and nothing else is", async () => {
    const server = await startStatusServer("0", progress());
    onTestFinished(async () => await server.close());
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const get = async (path: string, method = "GET") => await fetch(`http://${server.address}${path}`, { method });
    expect(await (await get("/metrics")).text()).toBe(prometheusText(progress()));
    expect(await (await get("/healthz")).text()).toBe("running\n");
    expect((await get("/")).headers.get("content-security-policy")).toContain("default-src 'none'");
    expect((await get("/../package.json")).status).toBe(404);
    for (const method of ["POST", "PUT", "DELETE"]) expect((await get("/metrics", method)).status).toBe(405);
  });

  it("refuse an address that is none, or that is taken", async () => {
    for (const wrong of ["", "x", "1:2:3:99999", "99999"]) {
      await expect(startStatusServer(wrong, progress())).rejects.toMatchObject({ code: "invalid_argument" });
    }
    const server = await startStatusServer("127.0.0.1:0", progress());
    onTestFinished(async () => await server.close());
    await expect(startStatusServer(server.address, progress())).rejects.toMatchObject({ code: "address_in_use" });
  });
});

describe("the status page", () => {
  it("shows text as text", () => {
    const page = statusPage(progress());
    expect(page).toContain("so&quot;uth&lt;b&gt;");
    expect(page).not.toContain("<b>");
    expect(page).not.toMatch(/<script/i);
  });
});
