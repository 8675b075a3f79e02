import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Folders,
  bytesOf,
  forgedLedger,
  genesisDraft,
  openedLedger,
  policyDraft,
  scheduleDraft,
  scheduleOptions,
  testId,
} from "./ledger.fixture.ts";
import { openLedger, verifyLedger } from "./index.ts";
import { scanJournal } from "./journal-scan.ts";
import { isTornAppend, maxLineBytes } from "./line.ts";

const folders = new Folders();
afterAll(() => folders.remove());

const fault = (text: string): string | undefined => scanJournal(Buffer.from(text)).fault?.reason;
const sound = forgedLedger([genesisDraft, policyDraft, scheduleDraft]);
const reserveDraft = { type: "reserve", body: { reservationId: testId(2), runId: testId(1), steps: 4 } };

describe("the schema of a record", () => {
  it("takes the forgery that all tests here start from, so that they fail for the reason they name", () => {
    expect(fault(sound)).toBeUndefined();
    expect(fault(forgedLedger([genesisDraft, policyDraft, scheduleDraft, reserveDraft]))).toBeUndefined();
  });

  it.each(["seed", "batchSize", "loss", "norm", "ids", "exampleIds", "gradientNorm", "rngKey", "constructor"])(
    "has no place for %s, at any depth, even with a sound chain and digest",
    (field) => {
      const with_ = (value: object): object => ({ ...value, [field]: 7 });
      for (const drafts of [
        [genesisDraft, policyDraft, with_(scheduleDraft)],
        [genesisDraft, policyDraft, { ...scheduleDraft, body: with_(scheduleDraft.body) }],
        [genesisDraft, { ...policyDraft, body: with_(policyDraft.body) }],
        [
          genesisDraft,
          policyDraft,
          { ...scheduleDraft, body: { ...scheduleDraft.body, event: with_(scheduleDraft.body["event"] as object) } },
        ],
        [genesisDraft, policyDraft, scheduleDraft, { ...reserveDraft, body: with_(reserveDraft.body) }],
      ]) {
        expect(fault(forgedLedger(drafts)), JSON.stringify(drafts.at(-1))).toBeDefined();
      }
    },
  );

  it("keeps what a caller smuggles into the options out of the file", async () => {
    const ledger = await openedLedger(folders.next());
    const smuggled = { seed: 424_242, batchSize: 31_337, loss: 0.1234, norm: 5.678, ids: ["patient-9"] };
    const runId = await ledger.schedule({ ...scheduleOptions(5), ...smuggled });
    const reservationId = await ledger.reserve({ runId, steps: 2, ...smuggled });
    const commit = { reservationId, stepsUsed: 1, ...smuggled };
    await ledger.commit(commit);
    const event = { ...scheduleOptions(5).event, seed: 424_242 };
    await expect(ledger.schedule({ ...scheduleOptions(5), event })).rejects.toMatchObject({ code: "invalid_argument" });
    await ledger.close();
    expect(bytesOf(ledger.dir).toString()).not.toMatch(/seed|424242|batchSize|31337|loss|0\.1234|norm|5\.678|patient/);
  });

  it.each([
    ["a genesis that is not first", [genesisDraft, genesisDraft]],
    ["no genesis", [policyDraft]],
    ["a second policy", [genesisDraft, policyDraft, policyDraft]],
    ["a schedule without a policy", [genesisDraft, scheduleDraft]],
    ["a gap in seq", [genesisDraft, { ...policyDraft, seq: 2 }]],
    ["a reservation without a schedule", [genesisDraft, policyDraft, reserveDraft]],
    ["an unknown type", [genesisDraft, { ...policyDraft, type: "note" }]],
    ["a delta of 1", [genesisDraft, { ...policyDraft, body: { ...policyDraft.body, delta: 1 } }]],
    ["a day that does not exist", [genesisDraft, { ...policyDraft, ts: "2027-13-15T08:00:00.000Z" }]],
    ["a time without its zone", [genesisDraft, { ...policyDraft, ts: "2027-01-15T08:00:00.000" }]],
    ["a scope with a NUL", [genesisDraft, { ...policyDraft, scope: "a\u0000" }]],
    ["a scope with a line feed", [genesisDraft, { ...policyDraft, scope: "a\nb" }]],
    ["another version", [{ ...genesisDraft, v: "ledger/v2" }]],
    ["a broken chain", [genesisDraft, { ...policyDraft, prev: "0".repeat(64) }]],
    [
      "more steps than scheduled",
      [genesisDraft, policyDraft, scheduleDraft, { ...reserveDraft, body: { ...reserveDraft.body, steps: 11 } }],
    ],
  ])("refuses %s", (_name, drafts) => {
    expect(fault(forgedLedger(drafts))).toBeDefined();
  });

  it("takes a clock that goes backwards: seq is the order", () => {
    expect(fault(forgedLedger([genesisDraft, { ...policyDraft, ts: "1999-01-15T08:00:00.000Z" }]))).toBeUndefined();
  });
});

describe("the bytes of a line", () => {
  // the last line is changed: no hash of a later line covers it, and its own digest is of the record, not of the bytes
  const lines = forgedLedger([genesisDraft, policyDraft]).split("\n");
  const line = lines[1] ?? "";
  const withLine = (changed: string): string => `${lines[0]}\n${changed}\n`;
  it.each([
    ["a carriage return", withLine(`${line}\r`)],
    ["a byte order mark", `\ufeff${sound}`],
    ["a NUL behind the lines", `${sound}\u0000`],
    ["zeros where a line was", `${sound}${"\u0000".repeat(64)}`],
    ["a space", withLine(line.replace(":", ": "))],
    ["a duplicate key", withLine(line.replace('"seq":1', '"seq":1,"seq":1'))],
    ["reordered keys", withLine(`{"v":"ledger/v1",${line.slice(1).replace(',"v":"ledger/v1"', "")}`)],
    ["another notation of a number", withLine(line.replace('"epsilonMax":5', '"epsilonMax":5.0'))],
    ["an escape that needs none", withLine(line.replace("local", String.raw`\u006cocal`))],
    ["an empty line", `${sound}\n`],
    ["a line that is too long", `${sound}${" ".repeat(maxLineBytes + 1)}\n`],
    ["nothing at all", ""],
    ["only the beginning of a genesis", sound.slice(0, 40)],
    ["a tail that no append begins with", `${sound}{"body":`],
    ["a whole record whose newline was overwritten", `${sound.slice(0, -1)}x`],
  ])("refuses %s", (_name, text) => {
    expect(fault(text)).toBeDefined();
  });

  it("refuses what is not UTF-8", () => {
    const bytes = Buffer.from(sound);
    bytes[bytes.indexOf("local")] = 0xff;
    expect(scanJournal(bytes).fault).not.toBeNull();
  });

  it("takes every proper prefix of a line for what a crash leaves", () => {
    for (let length = 1; length <= line.length; length++) {
      expect(isTornAppend(Buffer.from(line.slice(0, length))), String(length)).toBe(true);
    }
  });

  it("chains lines by SHA-256 as anyone computes it", () => {
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
    expect((JSON.parse(line) as { prev: string }).prev).toBe(sha256(lines[0] ?? ""));
    const { digest, ...rest } = JSON.parse(line) as { digest: string };
    // keys are ASCII and in order already, numbers are short: here JSON.stringify is RFC 8785
    expect(digest).toBe(sha256(JSON.stringify(rest)));
  });
});

describe("any damage", () => {
  it("leaves at most the untouched beginning, and never throws: no record comes out that did not go in", () => {
    const bytes = Buffer.from(forgedLedger([genesisDraft, policyDraft, scheduleDraft, reserveDraft]));
    const original = scanJournal(bytes).lineHashes;
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom("\n", "{", "}", '"', "[".repeat(70_000), '{"event":'.repeat(2000), "\ud800")
        .map((t) => Buffer.from(t)),
      fc.nat(bytes.length).map((at) => bytes.subarray(at, at + 300)),
    );
    const damage = fc.record({ at: fc.nat(bytes.length), cut: fc.nat(400), piece });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const damaged = damages.reduce(
          (b, { at, cut, piece }) => Buffer.concat([b.subarray(0, at), piece, b.subarray(at + cut)]),
          bytes,
        );
        const { lineHashes, fault, torn } = scanJournal(damaged);
        expect(lineHashes).toEqual(original.slice(0, lineHashes.length));
        // shorter without a fault: it was cut between two lines or inside an append, which only an anchor tells
        if (lineHashes.length < original.length && fault === null) {
          expect(
            bytes.subarray(0, damaged.length - torn.length).equals(damaged.subarray(0, -torn.length || undefined)),
          ).toBe(true);
        }
      }),
      { seed: 29, numRuns: 800 },
    );
  });
});

describe("one flipped bit in a ledger (A29)", () => {
  let original: Buffer;
  beforeAll(async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(9));
    const reservationId = await ledger.reserve({ runId, steps: 5 });
    await ledger.commit({ reservationId, stepsUsed: 3 });
    await ledger.close();
    original = bytesOf(ledger.dir);
    expect(scanJournal(original).fault).toBeNull();
  });

  it("is found wherever it is, in the last line too, without any anchor", () => {
    for (let i = 0; i < original.length; i++) {
      for (const mask of [1 << (i % 8), 0xff, (original[i] ?? 0) ^ 0x0a]) {
        const flipped = Buffer.from(original);
        flipped[i] = (flipped[i] ?? 0) ^ mask;
        if (flipped.equals(original)) continue;
        const scan = scanJournal(flipped);
        expect(scan.fault ?? scan.torn.length > 0, `byte ${i}, mask ${mask}`).not.toBe(false);
        // nothing is ever taken for the tail of a crash: opening would cut an acknowledged spend
        expect(scan.torn.length, `byte ${i}, mask ${mask}`).toBe(0);
      }
    }
  });

  it("is refused by open and named by verify", async () => {
    for (let i = 0; i < original.length; i += 97) {
      const flipped = Buffer.from(original);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      const dir = folders.holding(flipped);
      const line = original.subarray(0, i).toString("latin1").split("\n").length;
      await expect(openLedger({ dir })).rejects.toMatchObject({ code: "ledger_corrupt", details: { line } });
      expect(bytesOf(dir).equals(flipped)).toBe(true);
      expect((await verifyLedger(dir)).ok).toBe(false);
    }
  });
});
