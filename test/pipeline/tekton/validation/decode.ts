import { readSchema, schemaErrors, schemaProblems } from "../../../support/manifest-schema.ts";
import type {
  Manifest,
  PipelineRunSpec,
  PipelineSpec,
  TaskRunSpec,
  TaskSpec,
} from "../manifests.ts";

/** What the API server has against a manifest by Tekton's CRDs, without Tekton's own validation. */
export async function crdProblems(manifest: Manifest): Promise<string[]> {
  return schemaProblems(await schemaOf(manifest), manifest);
}

/**
 * What Tekton's strict decoding has against a manifest: unknown fields and wrong types. It does not ask
 * for fields, as the CRDs do.
 */
export async function decodeProblems(manifest: Manifest): Promise<string[]> {
  const errors = schemaErrors(await schemaOf(manifest), manifest);
  const inner = await Promise.all(inlineManifests(manifest).map(decodeProblems));
  const own = errors.flatMap(({ keyword, instancePath, params }) => {
    const path = instancePath
      .replaceAll(/\/(\d+)/g, "[$1]")
      .replaceAll("/", ".")
      .slice(1);
    if (keyword === "additionalProperties") {
      return [`unknown field "${String(params["additionalProperty"])}": ${path}`];
    }
    if (keyword !== "type") return [];
    return [`cannot unmarshal ${typeName(valueAt(manifest, instancePath))}: ${path}`];
  });
  return [...own, ...inner.flat()];
}

/** The Tasks and Pipelines that stand in a run or a Pipeline: the CRDs leave them open. */
function inlineManifests({ spec }: Manifest): Manifest[] {
  const {
    taskSpec,
    pipelineSpec,
    tasks = [],
    finally: last = [],
  } = spec as Partial<TaskRunSpec & PipelineRunSpec & PipelineSpec>;
  const pipelines = pipelineSpec === undefined ? [] : [inlineManifest("Pipeline", pipelineSpec)];
  const specs = [taskSpec, ...[...tasks, ...last].map((task) => task.taskSpec)];
  return [
    ...pipelines,
    ...specs.flatMap((inline) => {
      if (inline === undefined) return [];
      const { metadata: _, ...rest } = inline as TaskSpec & Pick<Manifest, "metadata">;
      return [inlineManifest("Task", rest)];
    }),
  ];
}

function inlineManifest(kind: string, spec: unknown): Manifest {
  return { apiVersion: "tekton.dev/v1", kind, spec };
}

async function schemaOf({ kind, apiVersion }: Manifest): Promise<object> {
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const { schema } = await readSchema(`tekton/${kind.toLowerCase()}.${version}.json`);
  return schema as object;
}

function valueAt(manifest: unknown, pointer: string): unknown {
  const names = pointer.split("/").slice(1);
  return names.reduce<unknown>(
    (value, name) => (value as Readonly<Record<string, unknown>>)[name],
    manifest,
  );
}

/** A JSON value's type in Go's words. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
