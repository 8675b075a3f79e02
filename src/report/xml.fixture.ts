/** What a small checker of XML finds in a document. */
export interface XmlDocument {
  readonly root: string;
  /** Every element's name, in order. */
  readonly names: readonly string[];
  /** Attribute values by "element@attribute". */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  /** Character data, references resolved for the five predefined entities. */
  readonly text: string;
}

const resolved: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function resolve(text: string): string {
  if (/[<]|&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`raw markup in text: ${text}`);
  return text.replaceAll(/&([^;]+);/g, (_, name: string) => resolved[name] ?? "");
}

/** Checks that `xml` is well-formed: one root, tags that close in order, quoted attributes given once. Throws if not. */
export function readXml(xml: string): XmlDocument {
  const open: string[] = [];
  const names: string[] = [];
  const attributes = new Map<string, string[]>();
  let text = "";
  let at = 0;
  for (const tag of xml.trim().matchAll(/<(\/?)([A-Za-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    const between = xml.slice(at, tag.index);
    if (names.length > 0 && open.length === 0) throw new Error("content after the root");
    if (names.length === 0 && between.trim() !== "") throw new Error("content before the root");
    text += resolve(between);
    at = tag.index + tag[0].length;
    const [, close, name = "", list = "", empty] = tag;
    if (close === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    names.push(name);
    if (empty !== "/") open.push(name);
    const seen = new Set<string>();
    for (const [, key = "", value = ""] of list.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      if (seen.has(key)) throw new Error(`attribute ${key} given twice`);
      seen.add(key);
      attributes.set(`${name}@${key}`, [...(attributes.get(`${name}@${key}`) ?? []), resolve(value)]);
    }
  }
  if (open.length > 0 || names.length === 0 || xml.slice(at).trim() !== "") throw new Error("not one whole element");
  return { root: names[0] ?? "", names, attributes, text };
}
