import { existsSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";

/**
 * A file that the build makes: beside its room's other files in the package, in the build folder where the sources run as
 * they are.
 *
 * @param from - `import.meta.url` of a file of the room.
 * @throws PrivacyError `file_unreadable` when it is in neither place.
 */
export function builtFile(room: string, name: string, from: string): URL {
  const places = [`./${name}`, `../../dist/${room}/${name}`].map((place) => new URL(place, from));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new PrivacyError("file_unreadable", `the built file ${name} was wanted and is not there; run npm run build`, {
    path: places[0]?.href ?? name,
    reason: "not built",
  });
}
