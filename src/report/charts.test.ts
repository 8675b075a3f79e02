import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EpsilonByStep, epsilonByStepSvg } from "./epsilon-chart.ts";
import { type RocChart, rocSvg } from "./roc-chart.ts";
import { escapeXml } from "./svg.ts";
import { readXml } from "./xml.fixture.ts";

const labels = { attack: "loss threshold", claim: "ε = 2, δ = 1e-6", band: "95 %" };
const capOfTwo = (fpr: number): number => Math.min(1, Math.exp(2) * fpr + 1e-6, 1 - (1 - 1e-6 - fpr) * Math.exp(-2));

function roc(changes: Partial<RocChart> = {}): RocChart {
  const curve = [
    { fpr: 0, tpr: 0 },
    { fpr: 0.01, tpr: 0.02 },
    { fpr: 1, tpr: 1 },
  ];
  return { curve, band: [], cap: capOfTwo, labels, ...changes };
}

/** The points of a path, in the plot's pixels. */
function pointsOf(svg: string, index: number): [number, number][] {
  const path = readXml(svg).attributes.get("path@d")?.[index] ?? "";
  return [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
}

const rates = fc
  .array(
    fc.record({ fpr: fc.double({ min: 0, max: 1, noNaN: true }), tpr: fc.double({ min: 0, max: 1, noNaN: true }) }),
    {
      minLength: 1,
      maxLength: 50,
    },
  )
  .map((points) => points.toSorted((a, b) => a.fpr - b.fpr));

const spending = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1e6, noNaN: true })), {
    minLength: 1,
    maxLength: 50,
  })
  .map((increments): EpsilonByStep => {
    let [step, epsilon] = [0, 0];
    const points = increments.map(([ds, de]) => [(step += ds), (epsilon += de)] as const);
    return { steps: points.map((p) => p[0]), epsilon: points.map((p) => p[1]), target: null };
  });

describe("any chart", () => {
  it("is well-formed, finite, below 40 kB, and says what it shows to who can not see it", () => {
    const sound = (svg: string): void => {
      const document = readXml(svg);
      expect(document.root).toBe("svg");
      expect(document.names.slice(0, 3)).toEqual(["svg", "title", "desc"]);
      expect(document.attributes.get("svg@role")).toEqual(["img"]);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(Buffer.byteLength(svg)).toBeLessThan(40_000);
    };
    fc.assert(
      fc.property(rates, (curve) => sound(rocSvg(roc({ curve })))),
      { seed: 4 },
    );
    fc.assert(
      fc.property(spending, (input) => sound(epsilonByStepSvg(input))),
      { seed: 5 },
    );
  });

  it("stays below 40 kB for a long run and a million-record attack", () => {
    const steps = Array.from({ length: 100_000 }, (_, i) => i + 1);
    const curve = steps.map((step) => ({ fpr: step / 100_000, tpr: Math.sqrt(step / 100_000) }));
    const band = curve.map(({ fpr, tpr }) => ({ fpr, low: tpr * 0.9, high: Math.min(1, tpr * 1.1) }));
    expect(epsilonByStepSvg({ steps, epsilon: steps.map(Math.sqrt), target: 400 }).length).toBeLessThan(40_000);
    expect(rocSvg(roc({ curve, band })).length).toBeLessThan(40_000);
  });

  it("escapes every text that comes from outside", () => {
    const hostile = `<script>"&'</script>\u0000]]>`;
    const svg = rocSvg(roc({ labels: { ...labels, attack: hostile, claim: hostile } }));
    expect(svg).not.toContain("<script");
    expect(readXml(svg).text).toContain(`<script>"&'</script>]]>`);
    expect(escapeXml("a\u0008b\uFFFFc😀")).toBe("abc😀");
  });

  it("reads on light and on dark pages", () => {
    expect(rocSvg(roc())).toMatch(/class="paper"/);
    expect(rocSvg(roc())).toMatch(/@media \(prefers-color-scheme:\s?dark\)/);
  });
});

describe("the ROC chart", () => {
  it("draws the bound where it is: 10 % at 1 % is half way across and three quarters up", () => {
    const cap = pointsOf(rocSvg(roc({ cap: () => 0.1 })), 2);
    expect(cap.some(([x, y]) => x === 324 && y === 85)).toBe(true);
  });

  it("never shows an attack better than it was", () => {
    fc.assert(
      fc.property(rates, (curve) => {
        for (const [x, y] of pointsOf(rocSvg(roc({ curve })), 3)) {
          const [fpr, tpr] = [10 ** ((x / 648) * 4 - 4), 10 ** (-(y / 340) * 4)];
          const best = Math.max(0, ...curve.filter((p) => p.fpr <= fpr * 1.001).map((p) => p.tpr));
          expect(tpr).toBeLessThanOrEqual(Math.max(best * 1.001, 1e-4));
        }
      }),
      { seed: 6 },
    );
  });

  it("says that a bound of one everywhere is no protection", () => {
    const vacuous = readXml(rocSvg(roc({ cap: () => 1, labels: { ...labels, claim: "ε = 70333" } }))).text;
    expect(vacuous).toContain("no protection");
    expect(readXml(rocSvg(roc())).text).not.toContain("no protection");
  });

  it.each([
    ["curve", { curve: [] }],
    ["curve[0].tpr", { curve: [{ fpr: 0.1, tpr: NaN }] }],
    ["curve[1].fpr", { curve: [1, 0].map((fpr) => ({ fpr, tpr: fpr })) }],
    ["band[0]", { band: [{ fpr: 0.5, low: 0.4, high: 0.3 }] }],
    ["cap(fpr)", { cap: () => NaN }],
  ] satisfies [string, Partial<RocChart>][])("refuses a bad %s by name", (argument, changes) => {
    expect(() => rocSvg(roc(changes))).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ argument }) }),
    );
  });
});

describe("the epsilon chart", () => {
  it("prints the last epsilon rounded up", () => {
    const svg = epsilonByStepSvg({ steps: [1, 14_062], epsilon: [0.5, 2.984176], target: 3, delta: 1e-7 });
    expect(readXml(svg).text).toContain("2.985");
    expect(readXml(svg).text).not.toContain("2.984");
  });

  it("says infinite, and draws no line for it", () => {
    const document = readXml(epsilonByStepSvg({ steps: [1], epsilon: [Infinity], target: 8 }));
    expect(document.text).toContain("ε is infinite: this run protects nothing");
    expect(document.attributes.get("path@d")).toBeUndefined();
  });

  it.each([
    ["epsilon", { steps: [], epsilon: [] }],
    ["epsilon", { steps: [1, 2], epsilon: [1] }],
    ["epsilon[1]", { steps: [1, 2], epsilon: [2, 1] }],
    ["epsilon[0]", { steps: [1], epsilon: [NaN] }],
    ["steps[1]", { steps: [2, 2], epsilon: [1, 1] }],
    ["target", { steps: [1], epsilon: [1], target: Infinity }],
  ])("refuses a bad %s by name", (argument, input) => {
    expect(() => epsilonByStepSvg({ target: null, ...input })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ argument }) }),
    );
  });
});

describe("the XML checker of these tests", () => {
  it.each(["<a><b></a></b>", "<a>", "<a/><b/>", "<a x=1/>", "<a>&nope;</a>", '<a x="1" x="2"/>', "x<a/>"])(
    "refuses %s",
    (xml) => {
      expect(() => readXml(xml)).toThrow();
    },
  );
});
