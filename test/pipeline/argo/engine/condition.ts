import { evaluate } from "../expression.ts";

/**
 * Evaluates a `when`, its tags replaced: words in it are texts, as in `false == true` or `a == b`.
 *
 * @throws Error when it cannot be read or gives no truth value.
 */
export function evaluateWhen(text: string): boolean {
  const words = new Proxy(
    {},
    { has: () => true, get: (_, name) => (typeof name === "string" ? name : undefined) },
  );
  const value = evaluate(text, words);
  if (typeof value !== "boolean") throw new Error(`expected boolean result from '${text}'`);
  return value;
}
