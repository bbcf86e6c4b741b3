import { posix } from "node:path";
import type { AddInstruction, CopyInstruction } from "../../dockerfile/instruction.ts";
import { ContextError } from "../../errors/context-error.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { nearest } from "../../errors/nearest.ts";
import { type CopyAttributes, copyInto } from "../../filetree/copy.ts";
import { expandPattern, splitPattern } from "../../filetree/glob.ts";
import { parseModeChange } from "../../filetree/mode-change.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { type FileTree, parentOf } from "../../filetree/tree.ts";
import { commitLayer } from "../commit.ts";
import { inlineFiles } from "../heredocs.ts";
import { describeCopy } from "../history.ts";
import { ownerOf } from "../image-accounts.ts";
import type { NamedFiles, StepScope } from "../scope.ts";

/** Files that an instruction takes from, with what it names loaded. */
export interface LoadedFiles {
  readonly tree: FileTree;
  /** How messages call them. */
  readonly description: string;
}

/** COPY: files of the build context, of another stage or of an image become a layer. */
export async function stepCopy(instruction: CopyInstruction, scope: StepScope): Promise<void> {
  const request = await prepareCopy(instruction, scope);
  const files = await filesOf(instruction, request.sources, scope);
  const after = (await scope.state.tree()).fork();
  for (const source of request.sources) {
    for (const path of matchSource(source, files)) {
      copyInto(after, { ...request, source: files.tree, path });
    }
  }
  copyInline(after, instruction, { request, scope });
  await commitLayer(scope, request.createdBy, after);
}

/** A COPY or ADD with its words expanded and its flags understood. */
export interface PreparedCopy extends CopyAttributes {
  /** Source patterns as written, expanded. */
  readonly sources: readonly string[];
  /** Absolute; a trailing slash is kept. */
  readonly destination: string;
  readonly createdBy: string;
}

/**
 * Expands and checks what COPY and ADD share.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export async function prepareCopy(
  instruction: CopyInstruction | AddInstruction,
  scope: StepScope,
): Promise<PreparedCopy> {
  const sources = instruction.sources.map((source) => scope.expand(source));
  const destination = scope.expand(instruction.destination);
  const chown = scope.expandOptional(instruction.chown);
  const chmod = scope.expandOptional(instruction.chmod);
  return {
    sources,
    destination: absoluteDestination(scope.state.workingDirectory, destination),
    createdBy: describeCopy(instruction, { sources, destination }, { chown, chmod }),
    owner: chown === undefined ? undefined : await ownerOf(chown, scope),
    mode: chmod === undefined ? undefined : parseModeChange(chmod),
    time: scope.build.fileTime,
  };
}

/**
 * The paths that one source pattern names.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when a source without wildcards does not exist.
 */
export function matchSource(source: string, files: LoadedFiles): string[] {
  const pattern = splitPattern(confined(source));
  const paths = expandPattern(files.tree, pattern);
  if (
    pattern.wildcards.length === 0 &&
    resolvePath(files.tree, pattern.literal).node === undefined
  ) {
    throw notFound(pattern.literal, files);
  }
  return paths;
}

/** Copies the files that stand in the Dockerfile itself. */
export function copyInline(
  after: FileTree,
  instruction: CopyInstruction | AddInstruction,
  step: { readonly request: PreparedCopy; readonly scope: StepScope },
): void {
  const { request, scope } = step;
  const source = inlineFiles(instruction.inline, (body) => scope.expandBody(body), request.time);
  for (const { name } of instruction.inline) copyInto(after, { ...request, source, path: name });
}

/** Loads what the sources name from the build context. */
export function contextFiles(sources: readonly string[], scope: StepScope): Promise<LoadedFiles> {
  const { context } = scope.build.ports;
  const load: NamedFiles["load"] = (paths) => context.load(paths);
  return loadSources(sources, { description: "the build context", load });
}

async function loadSources(sources: readonly string[], from: NamedFiles): Promise<LoadedFiles> {
  const literals = sources.map((source) => splitPattern(confined(source)).literal);
  const tree = await from.load(literals);
  // What lies beside a source that is not there tells what may have been meant.
  const missing = literals.filter((literal) => resolvePath(tree, literal).node === undefined);
  const { description } = from;
  if (missing.length === 0) return { tree, description };
  return { tree: await from.load(missing.map((literal) => parentOf(literal)[0])), description };
}

async function filesOf(
  instruction: CopyInstruction,
  sources: readonly string[],
  scope: StepScope,
): Promise<LoadedFiles> {
  const { build, state, location } = scope;
  if (instruction.from !== undefined) {
    return loadSources(sources, await build.files(instruction.from, state.planned.index, location));
  }
  const url = sources.find((source) => /^(https?|git|ssh):\/\/|^git@/.test(source));
  if (url !== undefined) {
    throw new DockerfileError("DOCKERFILE_INVALID", "source can't be a URL for COPY", {
      hint: "Use ADD for URLs",
    });
  }
  return contextFiles(sources, scope);
}

/** A source relative to the root of its tree; `..` stops there. */
function confined(source: string): string {
  return posix.join("/", source).slice(1);
}

function absoluteDestination(workingDirectory: string, destination: string): string {
  const isDirectory = destination === "" || /(^|\/)\.?$/.test(destination);
  const path = posix.resolve(workingDirectory, destination);
  return isDirectory && path !== "/" ? `${path}/` : path;
}

function notFound(path: string, files: LoadedFiles): ContextError {
  const [directory, name] = parentOf(path);
  const suggestion = nearest(name, namesIn(files.tree, directory));
  return new ContextError(
    "CONTEXT_SOURCE_NOT_FOUND",
    `"/${path}": not found in ${files.description}`,
    {
      hint:
        suggestion === undefined
          ? "Check the path, and that no line of .dockerignore matches it"
          : `Did you mean ${posix.join("/", directory, suggestion)}?`,
    },
  );
}

function namesIn(tree: FileTree, directory: string): Iterable<string> {
  const { node } = resolvePath(tree, directory);
  return node?.type === "directory" ? node.children.keys() : [];
}
