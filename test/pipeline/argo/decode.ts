import { readSchema, schemaErrors, schemaProblems } from "../../support/manifest-schema.ts";
import type { Manifest } from "./manifest.ts";

/**
 * What the strict decoding that comes before Argo's linter has against a manifest: fields that there
 * are not, and values of a wrong type. What has to be there is for the linter to say. Go's names of
 * types are left out.
 */
export async function decodingProblem(manifest: Manifest): Promise<string | undefined> {
  const problems = schemaErrors(await schemaOf(manifest), manifest).flatMap(
    ({ keyword, instancePath, params }) => {
      const path = instancePath.slice(1).replaceAll("/", ".");
      if (keyword === "additionalProperties") {
        const field = `${path}.${String(params["additionalProperty"])}`;
        return `strict decoding error: unknown field "${field.replaceAll(/\.(\d+)(?=\.)/g, "[$1]")}"`;
      }
      if (keyword !== "type") return [];
      const field = path.replaceAll(/\.\d+(?=\.)/g, "");
      return `json: cannot unmarshal Go struct field ${field} of type ${String(params["type"])}`;
    },
  );
  return problems[0];
}

/** What Argo's schema does not permit in a manifest. */
export async function argoSchemaProblems(manifest: Manifest): Promise<readonly string[]> {
  return schemaProblems(await schemaOf(manifest), manifest);
}

const schemas = new Map<string, object>();

async function schemaOf({ kind }: Manifest): Promise<object> {
  const { definitions } = await readSchema("argo/schema.json");
  const $ref = `#/definitions/io.argoproj.workflow.v1alpha1.${kind}`;
  // Compiled schemas are kept by identity.
  const schema = schemas.get(kind) ?? { definitions: definitions as unknown, $ref };
  schemas.set(kind, schema);
  return schema;
}
