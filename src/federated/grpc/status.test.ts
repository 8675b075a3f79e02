import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { grpcStatus, statusOf } from "../status.ts";

describe("statuses", () => {
  it("have the numbers of grpc-js under the same names", () => {
    const upper = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase();
    for (const [name, number] of Object.entries(grpcStatus)) expect(status[number]).toBe(upper(name));
  });

  it("stand for every error of the package, and never say OK or UNKNOWN", () => {
    for (const number of Object.values(statusOf)) expect([status.OK, status.UNKNOWN].map(Number)).not.toContain(number);
  });
});
