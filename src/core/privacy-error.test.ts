import { describe, expect, it } from "vitest";
import { PrivacyError, invalidArgument, isPrivacyError, markNotPrivate } from "./index.ts";

describe("PrivacyError", () => {
  it("puts its code into the message and narrows its details by code", () => {
    const error: unknown = invalidArgument("delta", "a number in (0, 1)", 2, "pick a smaller one");
    expect(isPrivacyError(error)).toBe(true);
    if (!isPrivacyError(error)) return;
    expect(error.message).toBe("[invalid_argument] delta must be a number in (0, 1), got 2; pick a smaller one");
    if (error.code === "invalid_argument") expect(error.details.argument).toBe("delta");
  });

  it("is recognised by shape, so that two installed copies understand each other, and nothing else is", () => {
    class PrivacyErrorOfAnotherCopy extends Error {
      override readonly name = "PrivacyError";
      readonly code = "aborted";
      readonly details = { phase: "fit" };
    }
    expect(isPrivacyError(new PrivacyErrorOfAnotherCopy())).toBe(true);
    for (const other of [
      new Error("x"),
      null,
      undefined,
      "PrivacyError",
      { name: "PrivacyError", code: "aborted", details: {} },
    ]) {
      expect(isPrivacyError(other)).toBe(false);
    }
  });

  it("keeps its cause for whoever debugs locally", () => {
    const cause = new Error("disk");
    expect(new PrivacyError("aborted", "stopped", { phase: "x" }, { cause }).cause).toBe(cause);
  });
});

describe("NotPrivate", () => {
  it("gives its value to whoever says so, and refuses to become JSON, however deep it hides", () => {
    const norms = markNotPrivate([1, 2]);
    expect(norms.revealNotPrivate()).toEqual([1, 2]);
    expect(() => JSON.stringify({ card: { norms } })).toThrow("not private");
    expect(Object.keys(norms)).toEqual(["revealNotPrivate", "toJSON"]);
  });
});
