/** Text from a card inside Markdown: one line, and nothing in it is markup. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]<>|#~]/g, (character) => `\\${character}`)
    .trim();
}

/** Code in Markdown, or plain text where a backtick or the bar of a table would end the code early. */
export function code(text: string): string {
  return /[`|]/.test(text) ? escapeMarkdown(text) : `\`${text.replaceAll(/\s+/g, " ")}\``;
}

/** A table; every row has as many cells as the heading. Cells are Markdown already. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

export function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

/** A YAML double-quoted scalar: JSON's strings are a subset of them. */
export function yamlString(text: string): string {
  return JSON.stringify(text);
}
