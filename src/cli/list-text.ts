import { UsageError } from "../errors/usage-error.ts";

/**
 * Reads a list from one text, for what knows no lists: a JSON array of texts where it begins with `[`, else
 * one element a line. `spelled` names the text in errors.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseListText(spelled: string, text: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) return text.split(/\r?\n/);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw noList(spelled, error);
  }
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) {
    throw noList(spelled);
  }
  return list;
}

function noList(spelled: string, cause?: unknown): UsageError {
  return new UsageError(
    "USAGE_INVALID_VALUE",
    `${spelled} begins with [ but is no JSON list of texts`,
    {
      hint: "Write one element a line, or a JSON array",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
