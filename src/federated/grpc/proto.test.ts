import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { joinMethod } from "./service.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const proto = readFileSync(join(root, "proto/sordino/federated/v1/federated.proto"), "utf8");
const lines = proto.split("\n").map((line) => line.trim());

describe("the protocol file", () => {
  // to cure a failure: npm run proto
  it("generates exactly the code that is committed", () => {
    const dir = mkdtempSync(join(tmpdir(), "sordino-proto-"));
    execFileSync(process.execPath, [join(root, "tools/generate-proto.js"), dir], { stdio: "ignore" });
    for (const name of ["federated.js", "federated.d.ts"]) {
      const path = join("src/federated/grpc/gen", name);
      expect(readFileSync(join(dir, path), "utf8")).toBe(readFileSync(join(root, path), "utf8"));
    }
    rmSync(dir, { recursive: true });
  });

  it("documents every service, method, message, field and enum value", () => {
    const declares = /^(service|rpc|message|enum|oneof)\b|^[\w.<>, ]+ \w+ = \d+;$|^[A-Z_]+ = \d+;$/;
    const bare = lines.filter((line, i) => declares.test(line) && !(lines[i - 1] ?? "").startsWith("//"));
    expect(bare).toEqual([]);
    expect(lines.filter((line) => declares.test(line)).length).toBeGreaterThan(80);
  });

  it("has no 64-bit integers: JavaScript would round them in silence", () => {
    expect(proto).not.toMatch(/\b(u?int64|sint64|s?fixed64)\b/);
  });

  it("names the method that is served", () => {
    const [, service, method] = /service (\w+) \{[^}]*?rpc (\w+)\(stream/s.exec(proto) ?? [];
    const [, name] = /^package ([\w.]+);/m.exec(proto) ?? [];
    expect(joinMethod.path).toBe(`/${name}.${service}/${method}`);
  });
});
