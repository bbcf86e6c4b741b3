import { splitCsv } from "../dockerfile/instructions/csv.ts";
import { isBuilderError } from "../errors/builder-error.ts";
import { UsageError } from "../errors/usage-error.ts";

/**
 * Reads `key=value` fields that commas part, as `docker buildx build` does. The case of keys does not
 * matter, and an empty value says nothing.
 *
 * @throws USAGE_INVALID_VALUE for what is malformed, and for a key that is not in `known`.
 */
export function parseFields<Key extends string>(
  flag: string,
  text: string,
  known: readonly Key[],
): Readonly<Partial<Record<Key, string>>> {
  const fields: Partial<Record<Key, string>> = {};
  for (const field of split(flag, text)) {
    const equals = field.indexOf("=");
    if (equals < 0) throw invalid(flag, `${field} is no KEY=VALUE`, known);
    const name = field.slice(0, equals).toLowerCase();
    const key = known.find((other) => other === name);
    if (key === undefined) throw invalid(flag, `${name} is no key`, known);
    const value = field.slice(equals + 1);
    if (value !== "") fields[key] = value;
  }
  return fields;
}

function split(flag: string, text: string): readonly string[] {
  try {
    return splitCsv(text, flag);
  } catch (error) {
    if (!isBuilderError(error, "DOCKERFILE_SYNTAX")) throw error;
    throw new UsageError("USAGE_INVALID_VALUE", error.message, { cause: error });
  }
}

function invalid(flag: string, reason: string, known: readonly string[]): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `${flag}: ${reason}`, {
    hint: `It takes ${known.join(", ")}, each as KEY=VALUE, with commas between them`,
  });
}
