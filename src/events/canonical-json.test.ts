import { describe, expect, it } from "vitest";
import { markNotPrivate } from "../core/index.ts";
import { canonicalJson } from "./index.ts";

describe("canonicalJson", () => {
  it("writes the numbers of RFC 8785, appendix B", () => {
    const bits = new DataView(new ArrayBuffer(8));
    const rows: readonly [string, string][] = [
      ["0000000000000000", "0"],
      ["8000000000000000", "0"],
      ["0000000000000001", "5e-324"],
      ["8000000000000001", "-5e-324"],
      ["7fefffffffffffff", "1.7976931348623157e+308"],
      ["ffefffffffffffff", "-1.7976931348623157e+308"],
      ["4340000000000000", "9007199254740992"],
      ["c340000000000000", "-9007199254740992"],
      ["4430000000000000", "295147905179352830000"],
      ["44b52d02c7e14af5", "9.999999999999997e+22"],
      ["44b52d02c7e14af6", "1e+23"],
      ["44b52d02c7e14af7", "1.0000000000000001e+23"],
      ["444b1ae4d6e2ef4e", "999999999999999700000"],
      ["444b1ae4d6e2ef4f", "999999999999999900000"],
      ["444b1ae4d6e2ef50", "1e+21"],
      ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
      ["3eb0c6f7a0b5ed8d", "0.000001"],
      ["41b3de4355555553", "333333333.3333332"],
      ["41b3de4355555554", "333333333.33333325"],
      ["41b3de4355555555", "333333333.3333333"],
      ["41b3de4355555556", "333333333.3333334"],
      ["41b3de4355555557", "333333333.33333343"],
      ["becbf647612f3696", "-0.0000033333333333333333"],
      ["43143ff3c1cb0959", "1424953923781206.2"],
    ];
    for (const [hex, text] of rows) {
      bits.setBigUint64(0, BigInt(`0x${hex}`));
      expect(canonicalJson(bits.getFloat64(0))).toBe(text);
    }
  });

  it("sorts keys by UTF-16 code units, as the example of RFC 8785, section 3.2.3", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  it("writes literals and escapes as the example of RFC 8785, section 3.2.2", () => {
    const value = {
      numbers: JSON.parse("[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]") as unknown,
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("writes the infinities as text and leaves undefined members out", () => {
    expect(canonicalJson({ b: Infinity, a: [-Infinity], c: undefined })).toBe('{"a":["-Infinity"],"b":"Infinity"}');
  });

  it.each([
    ["a.b[1]", { a: { b: [0, Number.NaN] } }],
    ["f", { f: () => 1 }],
    ["n", { n: 1n }],
    ["a[0]", { a: [undefined] }],
    ["t", { t: "\ud800" }],
    ["value", undefined],
  ])("refuses what has no canonical form, at %s", (path, value) => {
    expect(() => canonicalJson(value)).toThrow(`[invalid_argument] ${path} must be`);
  });

  it("refuses cycles and what must not be serialised", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => canonicalJson(cycle)).toThrow("cyclic");
    expect(() => canonicalJson({ loss: markNotPrivate(1) })).toThrow("not private");
  });
});
