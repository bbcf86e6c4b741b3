import { createHash } from "node:crypto";
import { type Environment, evaluate } from "./expression.ts";
import { goJson, parseGoJson } from "./go-json.ts";

/** What tags stand for: `inputs.parameters.image` and its text. */
export type Scope = ReadonlyMap<string, string>;

const tagPattern = /\{\{(.*?)\}\}/gs;

/** A scope of what several ones hold; later ones win. */
export function joinScopes(...scopes: readonly Scope[]): Scope {
  return new Map(scopes.flatMap((scope) => [...scope]));
}

/**
 * Replaces the tags in all texts of `value`, once: a tag that comes with a replacement stays. As in
 * Argo this is done on the value's JSON. A tag that the scope does not hold stays as it is written.
 */
export function substitute<Value>(value: Value, scope: Scope): Value {
  return replaceTags(value, scope, (tag) => `{{${tag}}}`);
}

/**
 * The same where no tag may stay.
 *
 * @throws Error that names the tag which the scope does not hold.
 */
export function substituteAll<Value>(value: Value, scope: Scope): Value {
  return replaceTags(value, scope, (tag) => {
    throw new Error(`failed to resolve {{${tag}}}`);
  });
}

/** The tags in all texts of `value`, without braces and blanks around. */
export function tagsIn(value: unknown): readonly string[] {
  const found = (JSON.stringify(value) ?? "").matchAll(tagPattern);
  return [...found].map(([, tag = ""]) => tag.trim());
}

function replaceTags<Value>(value: Value, scope: Scope, unknown: (tag: string) => string): Value {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  const replaced = text.replace(tagPattern, (_, tag: string) => {
    const replacement = tag.startsWith("=")
      ? evaluateTag(tag.slice(1), scope)
      : scope.get(tag.trim());
    return replacement === undefined ? unknown(tag) : JSON.stringify(replacement).slice(1, -1);
  });
  return JSON.parse(replaced) as Value;
}

/** The text of an expression's value; `undefined` where it uses what the scope does not hold. */
function evaluateTag(escaped: string, scope: Scope): string | undefined {
  try {
    const expression = JSON.parse(`"${escaped}"`) as string;
    const value = evaluate(expression, expressionEnvironment(scope));
    return typeof value === "string" ? value : goJson(value);
  } catch {
    return undefined;
  }
}

/** The scope as expressions see it: nested maps instead of names with dots, and the functions. */
export function expressionEnvironment(scope: Scope): Environment {
  const environment: Record<string, unknown> = { ...functions };
  for (const [name, text] of scope) {
    const path = name.split(".");
    const last = path.pop() ?? "";
    let place = environment;
    for (const part of path) {
      // `workflow.parameters` is a text of its own, and the map of all parameters as well.
      if (typeof place[part] !== "object") place[part] = {};
      place = place[part] as Record<string, unknown>;
    }
    place[last] ??= text;
  }
  return environment;
}

/** Of the many functions those that the vectors and the workflows use. */
const functions: Environment = {
  asInt: (text: string) => Number.parseInt(text, 10),
  asFloat: Number,
  string: String,
  toJson: goJson,
  fromJSON: parseGoJson,
  jsonpath(text: string, path: string) {
    if (path !== "$") throw new Error(`jsonpath ${path} is not emulated`);
    return parseGoJson(text);
  },
  sprig: {
    sha256sum: (text: string) => createHash("sha256").update(text).digest("hex"),
    join: (separator: string, list: readonly string[]) => list.join(separator),
    upper: (text: string) => text.toUpperCase(),
    lower: (text: string) => text.toLowerCase(),
    trim: (text: string) => text.trim(),
  },
};
