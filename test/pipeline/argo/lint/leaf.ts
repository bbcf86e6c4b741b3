import type { Container, Template } from "../manifest.ts";
import { checkTags, type LintContext } from "./context.ts";
import { LintError } from "./lint-error.ts";

/**
 * Checks a container or script template. The outputs of the workflow are not known in it yet; as the
 * value of an input they may be used.
 */
export function checkLeaf(
  context: LintContext,
  template: Template,
  scope: ReadonlySet<string>,
): void {
  const { inputs: _, ...body } = template;
  const place = `templates.${template.name}`;
  const known = [...scope].filter((tag) => !tag.startsWith("workflow.outputs."));
  checkTags(`${place}:`, body, new Set(known));
  checkMounts(place, template);
  for (const type of ["container", "script"] as const) {
    const container: Container | undefined = template[type];
    if (container === undefined || (container.image ?? "") !== "") continue;
    throw new LintError(`${place}.${type}.image may not be empty`);
  }
  if (template["parallelism"] !== undefined) {
    throw new LintError(`${place}.parallelism is only valid for steps and dag templates`);
  }
  checkExecutor(place, template, context);
}

/** No path is mounted twice, by volumes or by input artifacts. */
function checkMounts(place: string, { container, inputs }: Template): void {
  if (container === undefined) return;
  const mounted = new Map<string, string>();
  const note = (field: string, path: string, by: string): void => {
    const before = mounted.get(path);
    if (before !== undefined) {
      throw new LintError(`${place}.${field} '${path}' already mounted in ${before}`);
    }
    mounted.set(path, by);
  };
  for (const [at, { name, mountPath }] of (container.volumeMounts ?? []).entries()) {
    note(`container.volumeMounts[${at}].mountPath`, mountPath, `container.volumeMounts.${name}`);
  }
  for (const [at, { name, path = "" }] of (inputs?.artifacts ?? []).entries()) {
    note(`inputs.artifacts[${at}].path`, path, `inputs.artifacts.${name}`);
  }
}

/** Without a token of its service account, the pod needs another for the executor. */
function checkExecutor(place: string, template: Template, { spec }: LintContext): void {
  const automount =
    template["automountServiceAccountToken"] ?? spec["automountServiceAccountToken"];
  const executor = (template["executor"] ?? spec["executor"]) as
    | { serviceAccountName?: string }
    | undefined;
  if (automount !== false || executor?.serviceAccountName !== undefined) return;
  const rule = "must not be empty if automountServiceAccountToken is false";
  throw new LintError(`${place}.executor.serviceAccountName ${rule}`);
}
