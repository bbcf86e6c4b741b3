import type { SourceLocation } from "../errors/source-location.ts";
import type { Outline, OutlineTarget } from "./outline.ts";
import type { OutlineAccess } from "./outline-stage.ts";

/** Renders an outline and the targets of its file for people. Ends in a newline. */
export function formatOutline(
  outline: Outline & { readonly targets: readonly OutlineTarget[] },
): string {
  const { args, description, name, secrets, ssh, targets } = outline;
  const title = name === "" ? "target without a name" : `target ${name}`;
  const parts = [
    [description === "" ? title : `${title}: ${description}`],
    section(
      "arguments",
      args.map((arg) => [`${arg.name}=${arg.value}`, placeOf(arg), arg.description]),
    ),
    section("secrets", secrets.map(accessRow)),
    section("ssh", ssh.map(accessRow)),
    section("targets", targets.map(targetRow)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function accessRow(access: OutlineAccess): string[] {
  return [access.name, placeOf(access), access.required ? "required" : ""];
}

function targetRow(target: OutlineTarget): string[] {
  const isDefault = target.default ? "(default)" : "";
  const name = target.name === "" ? "without a name" : target.name;
  return [name, placeOf(target), `from ${target.base}`, isDefault, target.description];
}

function placeOf({ location }: { readonly location: SourceLocation }): string {
  return `${location.file}:${location.firstLine}`;
}

/** A heading and rows in columns; nothing where there are no rows. */
function section(heading: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`${heading}:`, ...lines.map((line) => `  ${line}`)];
}
