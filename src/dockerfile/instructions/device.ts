import { parseBoolean } from "../parse-boolean.ts";
import { syntaxError } from "../syntax-error.ts";
import { splitCsv } from "./csv.ts";

/** One `--device` of a RUN. */
export interface Device {
  readonly name: string;
  readonly required: boolean;
}

/**
 * Reads a device: its name, and whether it is required. The first field that is no known option is
 * the name.
 * @throws DOCKERFILE_SYNTAX for fields that are malformed or unknown
 */
export function parseDevice(text: string): Device {
  let name = "";
  let required = false;
  for (const field of splitCsv(text, "devices")) {
    const [key, value] = splitField(field);
    if (key === "required") required = parseRequired(value);
    else if (key === "name" && value !== undefined) {
      if (name !== "") throw syntaxError(`device name already set to ${name}`);
      name = value;
    } else if (name === "") name = field;
    else if (value === undefined) {
      throw syntaxError(`invalid field '${field}' must be a key=value pair`);
    } else throw syntaxError(`unexpected key '${key}' in '${field}'`);
  }
  return { name, required };
}

function splitField(field: string): [string, string | undefined] {
  const equals = field.indexOf("=");
  if (equals < 0) return [field.toLowerCase(), undefined];
  return [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
}

function parseRequired(value: string | undefined): boolean {
  const required = parseBoolean(value ?? "true");
  if (required === undefined) throw syntaxError(`invalid value for required: ${value}`);
  return required;
}
