import { syntaxError } from "../syntax-error.ts";
import { trimSpaceStart } from "../white-space.ts";

/**
 * Reads the JSON form of arguments. Returns undefined for text that is not a JSON array: it is
 * then meant for the shell, or as plain words.
 * @throws DOCKERFILE_SYNTAX for an array with anything but strings
 */
export function readJsonForm(text: string): string[] | undefined {
  const array = parseArray(trimSpaceStart(text));
  return array?.map((value) => {
    if (typeof value !== "string") {
      throw syntaxError("when using JSON array syntax, arrays must be comprised of strings only");
    }
    return value.toWellFormed();
  });
}

function parseArray(text: string): unknown[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
