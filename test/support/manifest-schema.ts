import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { AnySchemaObject, ErrorObject, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";

/** Where the schemas of Tekton and Argo are: SLIPWAY_SCHEMAS, or beside the repository. */
export const schemaFolder = process.env["SLIPWAY_SCHEMAS"] ?? path.resolve("../shared/schemas");

/** Whether this machine has the schemas; they are data of others and no part of the repository. */
export const hasSchemas = existsSync(schemaFolder);

const schemas = new Map<string, Promise<AnySchemaObject>>();
const validators = new WeakMap<object, ValidateFunction>();

/** Reads a JSON file of the schema folder, once. */
export function readSchema(file: string): Promise<AnySchemaObject> {
  const known = schemas.get(file);
  if (known !== undefined) return known;
  const schema = readFile(path.join(schemaFolder, file), "utf8").then(
    (text) => JSON.parse(text) as AnySchemaObject,
  );
  schemas.set(file, schema);
  return schema;
}

/** Says what in `document` the schema does not permit; fields that it does not name included. */
export function schemaProblems(schema: AnySchemaObject, document: unknown): string[] {
  return schemaErrors(schema, document).map(
    ({ instancePath, message, params }) =>
      `${instancePath} ${message ?? "is wrong"} ${JSON.stringify(params)}`,
  );
}

/** The same, as the validator tells it. */
export function schemaErrors(schema: AnySchemaObject, document: unknown): readonly ErrorObject[] {
  const validate = validators.get(schema) ?? compiled(schema);
  validators.set(schema, validate);
  return validate(document) ? [] : (validate.errors ?? []);
}

function compiled(schema: AnySchemaObject): ValidateFunction {
  const validator = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  return validator.compile(closed(schema) as AnySchemaObject);
}

/** A cluster drops fields that it does not know without a word; here they are to be noticed. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closed(value)]),
  );
  const isOpen =
    "additionalProperties" in copy || copy["x-kubernetes-preserve-unknown-fields"] === true;
  const namesProperties = copy["type"] === "object" && "properties" in copy;
  return namesProperties && !isOpen ? { ...copy, additionalProperties: false } : copy;
}
