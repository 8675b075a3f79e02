import { describe, expect, it } from "vitest";
import { code, table } from "./markdown.ts";

describe("code in a table of a card", () => {
  it.each(["x | <img src=x onerror=alert(1)>", "x` <b>", "x\\| <b>", "`|`"])(
    "can not be ended early by a stranger's path: %j",
    (hostile) => {
      const row = table(["Path", "SHA-256"], [[code(hostile), "ab"]]).split("\n")[2] ?? "";
      // GitHub's tables split at every bar that no backslash guards, inside code as well
      const cells = row.replaceAll(/\\./g, "").split("|");
      expect(cells).toHaveLength(4);
      expect(cells[1]).not.toMatch(/[<>`]/);
    },
  );

  it("is code where nothing in it is special", () => {
    expect(code("model/weights.bin")).toBe("`model/weights.bin`");
  });
});
