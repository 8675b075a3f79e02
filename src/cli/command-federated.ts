import type { ExitCode } from "./exit-code.ts";
import type { Output } from "./output.ts";
export function serve(_c: string, _f: object, _o: Output): Promise<ExitCode> {
  throw new Error("soon");
}
export function join(_c: string, _f: object, _o: Output): Promise<ExitCode> {
  throw new Error("soon");
}
