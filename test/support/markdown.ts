/** The text that introduces every document that is made from something else. */
export function originNote(source: string): string {
  return `<!-- Made from ${source} by \`npm run docs\`; a test keeps both equal. -->`;
}

/** A table in Markdown, a line for each row. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(heads), `|${heads.map(() => "---|").join("")}`, ...rows.map(row)];
}

/** A text of these lines, with a newline at its end. */
export function lines(...parts: readonly string[]): string {
  return `${parts.join("\n")}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
