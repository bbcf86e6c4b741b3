import { goJson, parseGoJson } from "../go-json.ts";
import type { Call } from "../manifest.ts";
import { type Scope, substituteAll } from "../substitute.ts";

/** Whether a call is made once for each of several items. */
export function isFannedOut({ withItems, withParam, withSequence }: Call): boolean {
  return (withItems ?? withParam ?? withSequence) !== undefined;
}

/**
 * Gives a call for each item, with the items in place. Their names are those of the call, with the
 * index and the item behind.
 *
 * @throws Error when the items are no list, or a tag cannot be replaced: here all of them have to.
 */
export function fanOut<OneCall extends Call>(call: OneCall): readonly OneCall[] {
  return itemsOf(call).map((item, index) => ({
    ...substituteAll(call, itemScope(item)),
    name: `${call.name}(${index}:${itemName(item)})`,
  }));
}

function itemsOf({ withItems, withParam, withSequence }: Call): readonly unknown[] {
  if (withSequence !== undefined) return sequence(withSequence);
  if (withParam === undefined) return withItems ?? [];
  const items = parseGoJson(withParam);
  if (!Array.isArray(items)) {
    throw new Error(`withParam value could not be parsed as a JSON list: ${withParam}`);
  }
  return items as readonly unknown[];
}

function sequence({ start = "0", count, end }: Readonly<Record<string, string>>): string[] {
  const first = Number(start);
  const length = count === undefined ? Number(end) - first + 1 : Number(count);
  return Array.from({ length }, (_, at) => String(first + at));
}

/** A text is replaced as it is. A text in a map keeps the escapes that it has in JSON. */
function itemScope(item: unknown): Scope {
  const scope = new Map([["item", typeof item === "string" ? item : goJson(item)]]);
  if (typeof item !== "object" || item === null || Array.isArray(item)) return scope;
  for (const [key, value] of Object.entries(item)) scope.set(`item.${key}`, inMap(value));
  return scope;
}

function inMap(value: unknown): string {
  const text = JSON.stringify(value);
  return typeof value === "string" ? text.slice(1, -1) : text;
}

function itemName(item: unknown): string {
  const isMap = typeof item === "object" && item !== null && !Array.isArray(item);
  const name = isMap
    ? Object.entries(item)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([key, value]) => `${key}:${inMap(value)}`)
        .join(",")
    : inMap(item);
  return name.replaceAll(/[()]/g, "");
}
