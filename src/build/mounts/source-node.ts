import { posix } from "node:path";
import { ContextError } from "../../errors/context-error.ts";
import { literalPattern } from "../../filetree/glob.ts";
import type { TreeNode } from "../../filetree/node.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import type { NamedFiles, StepScope } from "../scope.ts";

/** The files that a mount shows. */
export interface MountSource {
  /** Stage, image or named context; the build context where undefined. */
  readonly from: string | undefined;
  /** A path in there; all of it where undefined. */
  readonly source: string | undefined;
}

/** What a mount shows, and how messages call where it is from. */
export interface FoundSource {
  readonly node: TreeNode;
  readonly description: string;
}

/**
 * Finds what a mount shows, following links inside of what it is taken from.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND, and whatever building or loading what is named throws.
 */
export async function findSource(source: MountSource, scope: StepScope): Promise<FoundSource> {
  const files = await filesOf(source.from, scope);
  const path = posix.resolve("/", source.source ?? "");
  const { node } = resolvePath(await files.load([literalPattern(path.slice(1))]), path);
  const { description } = files;
  if (node !== undefined) return { node, description };
  const message = `"${path}": not found in ${description}`;
  throw new ContextError("CONTEXT_SOURCE_NOT_FOUND", message, {
    hint: "Check the path, and that no line of .dockerignore matches it",
  });
}

async function filesOf(from: string | undefined, scope: StepScope): Promise<NamedFiles> {
  const { build, state, location } = scope;
  const { context } = build.ports;
  if (from !== undefined) return build.files(from, state.planned.index, location);
  return { description: "the build context", load: (patterns) => context.load(patterns) };
}
