/** JSON in which infinities are the strings "Infinity" and "-Infinity", as everywhere in this package. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, item: unknown) => (isInfinite(item) ? String(item) : item), indent);
}

const isInfinite = (item: unknown): boolean => item === Infinity || item === -Infinity;
