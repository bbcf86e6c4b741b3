import { isMap, isScalar, parseAllDocuments, stringify, visit } from "yaml";
import { UsageError } from "../src/errors/usage-error.ts";

/** The field that holds the default of a parameter, by the parameter's name: Tekton's, and Argo's. */
const defaultFields: ReadonlyMap<unknown, string> = new Map([
  ["BUILDER_IMAGE", "default"],
  ["builder-image", "value"],
]);

/** A value that is handed on, such as `$(params.BUILDER_IMAGE)`, is no default. */
const variable = /\$\(|\{\{/;

/**
 * Makes `reference` the default of the builder image's parameters in a manifest. All else of the text
 * stays as it is, comments and spaces too.
 *
 * @throws USAGE_CONFLICT where no such parameter has a default: what is published would name no image.
 */
export function pinBuilderImage(text: string, reference: string): string {
  const places: (readonly [start: number, end: number])[] = [];
  for (const document of parseAllDocuments(text)) {
    visit(document, {
      Map(_key, node) {
        const field = defaultFields.get(node.get("name"));
        const value = isMap(node) && field !== undefined ? node.get(field, true) : undefined;
        if (!isScalar(value) || variable.test(String(value.value))) return;
        if (value.range) places.push([value.range[0], value.range[1]]);
      },
    });
  }
  if (places.length === 0) {
    throw new UsageError("USAGE_CONFLICT", "a manifest has no default for the builder image");
  }
  const written = stringify(reference, { lineWidth: 0 }).trimEnd();
  return places.reduceRight(
    (changed, [start, end]) => changed.slice(0, start) + written + changed.slice(end),
    text,
  );
}
