import type { Arguments, Manifest, Template, WorkflowSpec } from "../manifest.ts";
import { tagsIn } from "../substitute.ts";
import { LintError } from "./lint-error.ts";

/** What the checks of one manifest share. */
export interface LintContext {
  readonly others: readonly Manifest[];
  /** What the workflow says for all its pods. */
  readonly spec: WorkflowSpec;
  /** Tags that hold in the whole workflow. */
  readonly globals: Set<string>;
  /** Templates that have been looked at. */
  readonly seen: Set<Template>;
}

/** A template that is called, as the linter looks at it. */
export interface LintCall {
  readonly template: Template;
  readonly holder: Manifest;
  /** What the caller gives; `undefined` where nobody in particular calls. */
  readonly given: Arguments | undefined;
}

/** Checks a called template. */
export type CheckTemplate = (context: LintContext, call: LintCall) => void;

/** Tags that begin otherwise are taken for text: `{{.Config}}` is one of docker's. */
const checkedPrefixes = ["item.", "steps.", "inputs.", "outputs.", "pod.", "workflow.", "tasks."];

/** Stands for all tags of items, where it is not known what they hold. */
export const anyItem = "item.*";

/**
 * Checks that all tags of `value` are known.
 *
 * @throws LintError for the first one that is not; `place` and a blank begin its message.
 */
export function checkTags(place: string, value: unknown, known: ReadonlySet<string>): void {
  const isKnown = (tag: string): boolean =>
    known.has(tag) ||
    !checkedPrefixes.some((prefix) => tag.startsWith(prefix)) ||
    tag.startsWith("outputs.") ||
    tag.startsWith("workflow.creationTimestamp") ||
    (tag.startsWith("item.") && known.has(anyItem));
  const unknown = tagsIn(value).find((tag) => !isKnown(tag));
  if (unknown !== undefined) throw new LintError(`${place} failed to resolve {{${unknown}}}`);
}

/** Runs checks whose messages begin with the place of the caller. */
export function within<Result>(place: string, checks: () => Result): Result {
  try {
    return checks();
  } catch (error) {
    if (!(error instanceof LintError)) throw error;
    throw new LintError(`${place} ${error.message}`, { cause: error });
  }
}

/** Whether a template makes a pod. */
export function isPodTemplate({ container, script }: Template): boolean {
  return container !== undefined || script !== undefined;
}

/** The names of tags that the outputs of a call give to later ones. */
export function outputTags(prefix: string, { outputs, ...template }: Template): readonly string[] {
  const own = ["id", "status", "startedAt", "finishedAt", "hostNodeName", "ip"];
  const ofPod = isPodTemplate(template) ? ["exitCode", "outputs.result"] : [];
  const parameters = (outputs?.parameters ?? []).map(({ name }) => `outputs.parameters.${name}`);
  const artifacts = (outputs?.artifacts ?? []).map(({ name }) => `outputs.artifacts.${name}`);
  return [...own, ...ofPod, ...parameters, ...artifacts].map((name) => `${prefix}.${name}`);
}
