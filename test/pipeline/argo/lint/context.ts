import type { Arguments, Manifest, Template } from "../manifest.ts";
import { tagsIn } from "../substitute.ts";
import { LintError } from "./lint-error.ts";

/** What the checks of one manifest share. */
export interface LintContext {
  readonly others: readonly Manifest[];
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

/**
 * Checks that all tags of `value` are known. Items are taken as they come.
 *
 * @throws LintError for the first one that is not; `place` and a separator begin its message.
 */
export function checkTags(place: string, value: unknown, known: ReadonlySet<string>): void {
  for (const tag of tagsIn(value)) {
    const isItem = tag === "item" || tag.startsWith("item.");
    if (tag.startsWith("=") || isItem || known.has(tag)) continue;
    throw new LintError(`${place} failed to resolve {{${tag}}}`);
  }
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
