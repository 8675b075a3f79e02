/** Attribute values as SVG wants them; numbers are written by `coordinate`. */
export type SvgAttributes = Readonly<Record<string, string | number>>;

/** A finished piece of SVG: only this file makes one, so text can not reach a picture unescaped. */
export interface SvgNode {
  readonly markup: string;
}

// XML 1.0 (fifth edition), section 2.2: no other character may appear, not even as a reference. Written as a range
// check so that no control character stands in this source.
function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x9 || code === 0xa || code === 0xd) return true;
  return (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes `text` safe in element content and in attribute values; characters that XML forbids are dropped. */
export function escapeXml(text: string): string {
  const allowed = Array.from(text).filter(isXmlCharacter).join("");
  return allowed.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** A coordinate with two decimals: a hundredth of a pixel. Callers check finiteness with their own argument's name. */
export function coordinate(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}

function writeAttributes(attributes: SvgAttributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? coordinate(value) : escapeXml(value)}"`)
    .join("");
}

/** `<name …>children</name>`. */
export function element(name: string, attributes: SvgAttributes, ...children: readonly SvgNode[]): SvgNode {
  const inside = children.map((child) => child.markup).join("");
  const open = `<${name}${writeAttributes(attributes)}`;
  return { markup: inside === "" ? `${open}/>` : `${open}>${inside}</${name}>` };
}

/** Escaped character data. */
export function text(content: string): SvgNode {
  return { markup: escapeXml(content) };
}

/** At most `characters` of `label`, the cut marked: a legend that runs off the picture says less than a short one. */
export function shorten(label: string, characters: number): string {
  const all = Array.from(label);
  return all.length <= characters ? label : `${all.slice(0, characters - 1).join("")}…`;
}
