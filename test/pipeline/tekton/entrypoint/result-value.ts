/** The value of a result, by the type that its text has. */
export type ResultValue =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly value: readonly string[] }
  | { readonly type: "object"; readonly value: Readonly<Record<string, string>> };

/**
 * Reads a result of whatever type: a JSON list of texts is an array, a JSON object of texts is an
 * object, a JSON text is what it stands for, and all else is a text as it is.
 */
export function readResultValue(text: string): ResultValue {
  const json = parse(text);
  if (json === null) return { type: "string", value: "" };
  if (typeof json === "string") return { type: "string", value: json };
  // What begins with a blank is not even tried.
  if (text.startsWith("[") && Array.isArray(json) && json.every(isText)) {
    return { type: "array", value: json.map((item: string | null) => item ?? "") };
  }
  if (text.startsWith("{") && json !== undefined && Object.values(json).every(isText)) {
    const members = Object.entries(json as Record<string, string | null>);
    const value = Object.fromEntries(members.map(([key, member]) => [key, member ?? ""]));
    return { type: "object", value };
  }
  return { type: "string", value: text };
}

/** Go reads a null as an empty text. */
function isText(value: unknown): value is string | null {
  return typeof value === "string" || value === null;
}

function parse(text: string): object | string | number | boolean | null | undefined {
  try {
    return JSON.parse(text) as object | string | number | boolean | null;
  } catch {
    return undefined;
  }
}
