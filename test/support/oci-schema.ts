import { readdir } from "node:fs/promises";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readSchema, schemaFolder } from "./manifest-schema.ts";

/** Says what in a document the OCI image specification does not permit; `file` is its schema's. */
export async function ociProblems(
  file: "image-manifest-schema.json" | "config-schema.json",
  document: unknown,
): Promise<string[]> {
  const validator = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  for (const name of await readdir(path.join(schemaFolder, "oci"))) {
    // The files refer to each other by name; what they call themselves would hide that.
    const schema = withoutIds(await readSchema(`oci/${name}`));
    validator.addSchema({ ...(schema as object), $id: name });
  }
  if (validator.validate(file, document)) return [];
  return (validator.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath} ${message ?? "is wrong"}`,
  );
}

function withoutIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([name, value]) => !(["id", "$schema"].includes(name) && typeof value === "string"),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutIds(value)]));
}
