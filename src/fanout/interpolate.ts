import type { YamlValue } from "./yaml-value.ts";

/** Values of variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

const reference = /\$(\$|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}$]*))?\})?/g;

/**
 * The text of a value with its variables put in, in the form of the Compose specification
 * ("Interpolation"): `${NAME}`; `${NAME:-DEFAULT}` for a variable that is unset or empty; `$$` for a dollar.
 *
 * @throws BUILD_FILE_INVALID for a variable without a value, and for any other dollar.
 */
export function interpolate(value: YamlValue, variables: Variables): string {
  return value.text().replaceAll(reference, (...found: readonly unknown[]) => {
    const [, what, name, fallback] = found as readonly (string | undefined)[];
    if (what === "$") return "$";
    if (name === undefined) {
      throw value.invalid(
        `${value.path} has a dollar that begins no variable`,
        `Write \${NAME} or \${NAME:-DEFAULT} for a variable, and $$ for a dollar`,
      );
    }
    const known = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (fallback !== undefined) return known === undefined || known === "" ? fallback : known;
    if (known !== undefined) return known;
    throw value.invalid(
      `${value.path} needs the variable ${name}, which has no value`,
      `Give it with --var ${name}=VALUE or by the environment, or a default with \${${name}:-DEFAULT}`,
    );
  });
}
