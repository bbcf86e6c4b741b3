import type { Statement } from "../grammar/statement.ts";
import type { CheckReporter } from "./reporter.ts";

/** InvalidDefinitionDescription: a comment right above ARG or a named FROM describes it. */
export function checkDescription(statement: Statement, reporter: CheckReporter): void {
  const names = definedNames(statement);
  const [name] = names;
  const first = statement.comments.at(-1)?.split(" ", 1)[0];
  if (name === undefined || first === undefined || names.includes(first)) return;
  const keyword = statement.keyword.toUpperCase();
  const example = names.length > 1 ? "<arg_key>" : name;
  const message = `Comment for ${keyword} should follow the format: \`# ${example} <description>\``;
  reporter.report("InvalidDefinitionDescription", statement.location, message);
}

function definedNames({ keyword, words }: Statement): string[] {
  switch (keyword.toUpperCase()) {
    case "ARG":
      return words.map((word) => word.split("=", 1)[0] ?? "");
    case "FROM":
      return words.slice(2).map((name) => name.toLowerCase());
    default:
      return [];
  }
}
