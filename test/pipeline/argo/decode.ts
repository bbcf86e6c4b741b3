import { readSchema, schemaProblems } from "../../support/manifest-schema.ts";
import type { Manifest } from "./manifest.ts";

/**
 * What the strict decoding that comes before Argo's linter has against a manifest: fields that there
 * are not, and values of a wrong type. Needs the schemas.
 */
export async function decodingProblem(manifest: Manifest): Promise<string | undefined> {
  const problems = await argoSchemaProblems(manifest);
  // What has to be there is for the linter to say, in other words.
  const problem = problems.find((each) => !each.includes("must have required property"));
  const [, place = "", text = "", json = "{}"] = /^(\S*) (.*) (\{.*\})$/s.exec(problem ?? "") ?? [];
  const path = place
    .slice(1)
    .replaceAll(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  const details = JSON.parse(json) as { additionalProperty?: string; type?: string };
  if (details.additionalProperty !== undefined) {
    return `strict decoding error: unknown field "${path}.${details.additionalProperty}"`;
  }
  if (details.type === undefined) return problem;
  // The kind of the value and Go's name of the struct are left out.
  const field = path.replaceAll(/\[\d+\]/g, "");
  return `json: cannot unmarshal Go struct field ${field} of type ${details.type}: ${text}`;
}

/** What Argo's schema does not permit in a manifest. */
export async function argoSchemaProblems(manifest: Manifest): Promise<readonly string[]> {
  const { definitions } = await readSchema("argo/schema.json");
  const $ref = `#/definitions/io.argoproj.workflow.v1alpha1.${manifest.kind}`;
  return schemaProblems({ definitions: definitions as unknown, $ref }, manifest);
}
