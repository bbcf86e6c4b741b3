import { goJson as inOrder } from "../tekton/entrypoint/go-json.ts";

/** JSON as Go writes it of maps: with their keys sorted. */
export function goJson(value: unknown): string {
  return inOrder(sorted(value));
}

/**
 * Reads JSON.
 *
 * @throws Error with Go's words for the most common fault.
 */
export function parseGoJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const letter = /^Unexpected token '(.)'/s.exec((error as Error).message)?.[1];
    const message =
      letter === undefined
        ? "unexpected end of JSON input"
        : `invalid character '${letter}' looking for beginning of value`;
    throw new Error(message, { cause: error });
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
