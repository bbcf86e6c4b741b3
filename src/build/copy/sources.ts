import { posix } from "node:path";
import { ContextError } from "../../errors/context-error.ts";
import { nearest } from "../../errors/nearest.ts";
import type { Selection } from "../../filetree/copy.ts";
import {
  expandPattern,
  literalPattern,
  type SplitPattern,
  splitPattern,
} from "../../filetree/glob.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { type FileTree, parentOf } from "../../filetree/tree.ts";
import type { NamedFiles, StepScope } from "../scope.ts";
import { both, onlyMatching } from "./selection.ts";

/** Files that an instruction takes from, with what it names loaded. */
export interface LoadedFiles {
  readonly tree: FileTree;
  /** How messages call them. */
  readonly description: string;
}

/** A source that an instruction names, by patterns relative to the root of its tree. */
export interface SourcePattern {
  /** A file, or a directory whose content is copied. */
  readonly pattern: string;
  /** With `--parents`: what in that directory is meant, whose directories are kept. */
  readonly below: string | undefined;
}

/** One thing to copy. */
export interface FoundSource {
  readonly path: string;
  /** What of a directory is copied; all of it where undefined. */
  readonly selection: Selection | undefined;
}

/** A source as written; `..` stops at the root. */
export function plainSource(source: string): SourcePattern {
  return { pattern: confined(source), below: undefined };
}

/** A source of `--parents`: the directories behind `/./` are kept, or all from the root on. */
export function parentsSource(source: string): SourcePattern {
  const pivot = source.indexOf("/./");
  if (pivot < 0) return { pattern: "", below: confined(source) };
  return { pattern: confined(source.slice(0, pivot)), below: confined(source.slice(pivot + 3)) };
}

/** The build context, as files that a source can name. */
export function contextOf(scope: StepScope): NamedFiles {
  const { context } = scope.build.ports;
  return { description: "the build context", load: (patterns) => context.load(patterns) };
}

/** Loads what the sources name. */
export async function loadSources(
  sources: readonly SourcePattern[],
  from: NamedFiles,
): Promise<LoadedFiles> {
  const { description } = from;
  const literals = sources.map(literalOf);
  const tree = await from.load(sources.map(neededOf));
  // What lies beside a source that is not there tells what may have been meant.
  const missing = literals.filter((literal) => resolvePath(tree, literal).node === undefined);
  if (missing.length === 0) return { tree, description };
  return { tree: await from.load(missing.map(besideOf)), description };
}

/**
 * What one source names, less what `selection` leaves out.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when a source without wildcards does not exist.
 */
export function findSources(
  source: SourcePattern,
  files: LoadedFiles,
  selection: Selection | undefined,
): FoundSource[] {
  const isMissing = resolvePath(files.tree, literalOf(source)).node === undefined;
  if (isMissing && isLiteral(source)) throw sourceNotFound(source, files);
  const paths = expandPattern(files.tree, splitPattern(source.pattern));
  if (source.below !== undefined) {
    const matching = onlyMatching(source.below);
    const narrowed = selection === undefined ? matching : both(matching, selection);
    return paths
      .filter((path) => isDirectory(path, files.tree))
      .map((path) => ({ path, selection: narrowed }));
  }
  return paths
    .filter((path) => isTaken(path, files.tree, selection))
    .map((path) => ({ path, selection }));
}

/** Whether the source has no wildcards, and so has to be there. */
export function isLiteral({ pattern, below = "" }: SourcePattern): boolean {
  return [pattern, below].every((part) => splitPattern(part).wildcards.length === 0);
}

/** The error for a source that is not there; says what may have been meant. */
export function sourceNotFound(source: SourcePattern, files: LoadedFiles): ContextError {
  const path = literalOf(source);
  const [directory, name] = parentOf(path);
  const suggestion = nearest(name, namesIn(files.tree, directory));
  return new ContextError(
    "CONTEXT_SOURCE_NOT_FOUND",
    `"/${path}": not found in ${files.description}`,
    {
      hint:
        suggestion === undefined || suggestion === name
          ? "Check the path, and that no line of .dockerignore matches it"
          : `Did you mean ${posix.join("/", directory, suggestion)}?`,
    },
  );
}

/** A file that is a source itself is excluded by its name. */
function isTaken(path: string, tree: FileTree, selection: Selection | undefined): boolean {
  if (selection === undefined || isDirectory(path, tree)) return true;
  return selection.enter(parentOf(path)[1]).isSelected;
}

function isDirectory(path: string, tree: FileTree): boolean {
  return resolvePath(tree, path).node?.type === "directory";
}

/** The path up to the first wildcard: all that the source names is there or below. */
function literalOf({ pattern, below = "" }: SourcePattern): string {
  const { literal, wildcards } = splitPattern(pattern);
  if (wildcards.length > 0) return literal;
  return posix.join("/", literal, splitPattern(below).literal).slice(1);
}

/** What has to be loaded for a source: no more than it may name. */
export function neededOf(source: SourcePattern): SplitPattern {
  const { pattern, below } = source;
  const { wildcards } = splitPattern(pattern);
  if (below === undefined || wildcards.length > 0) return splitPattern(pattern);
  const inside = splitPattern(below).wildcards;
  // Others mean something else there: see `onlyMatching`.
  const first = inside.findIndex((name) => /\*\*|[[\\]/.test(name));
  return {
    literal: literalOf(source),
    wildcards: first < 0 ? inside : inside.slice(0, first),
  };
}

/** What lies in the directory of a path. */
function besideOf(path: string): SplitPattern {
  return literalPattern(parentOf(path)[0]);
}

/** A source relative to the root of its tree. */
function confined(source: string): string {
  return posix.join("/", source).slice(1);
}

function namesIn(tree: FileTree, directory: string): Iterable<string> {
  const { node } = resolvePath(tree, directory);
  return node?.type === "directory" ? node.children.keys() : [];
}
