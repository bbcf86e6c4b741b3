import { posix } from "node:path";
import type { AddInstruction, CopyInstruction } from "../../dockerfile/instruction.ts";
import type { CopyAttributes, Selection } from "../../filetree/copy.ts";
import { parseModeChange } from "../../filetree/mode-change.ts";
import { FileTree } from "../../filetree/tree.ts";
import { commitLayer, commitLinkedLayer } from "../commit.ts";
import { describeCopy } from "../history.ts";
import { ownerOf } from "../image-accounts.ts";
import type { StepScope } from "../scope.ts";
import { allBut } from "./selection.ts";

/** A COPY or ADD with its words expanded and its flags understood. */
export interface CopyRequest extends CopyAttributes {
  /** Source patterns as written, expanded. */
  readonly sources: readonly string[];
  /** Absolute; a trailing slash is kept. */
  readonly destination: string;
  /** What `--exclude` leaves of a directory. */
  readonly selection: Selection | undefined;
  /** Whether the layer is made on its own, without regard to what is there (`--link`). */
  readonly isLinked: boolean;
  readonly createdBy: string;
}

/**
 * Expands and checks what COPY and ADD share.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export async function readCopyRequest(
  instruction: CopyInstruction | AddInstruction,
  scope: StepScope,
): Promise<CopyRequest> {
  const sources = instruction.sources.map((source) => scope.expand(source));
  const destination = scope.expand(instruction.destination);
  const chown = scope.expandOptional(instruction.chown);
  const chmod = scope.expandOptional(instruction.chmod);
  // Where --chmod is given, BuildKit takes --link for not given.
  const isLinked = instruction.link && chmod === undefined;
  const accounts = isLinked ? new FileTree() : undefined;
  return {
    sources,
    destination: absoluteDestination(scope.state.workingDirectory, destination),
    selection: instruction.exclude.length === 0 ? undefined : allBut(instruction.exclude),
    isLinked,
    createdBy: describeCopy(instruction, { sources, destination }, { chown, chmod }),
    owner: chown === undefined ? undefined : await ownerOf(chown, scope, accounts),
    mode: chmod === undefined ? undefined : parseModeChange(chmod),
    time: scope.build.fileTime,
  };
}

/** Calls `copy` with the tree to copy into, and commits what it makes of it as a layer. */
export async function commitCopy(
  request: CopyRequest,
  scope: StepScope,
  copy: (target: FileTree) => Promise<void> | void,
): Promise<void> {
  const { createdBy, isLinked } = request;
  const target = isLinked ? new FileTree() : (await scope.state.tree()).fork();
  await copy(target);
  if (isLinked) await commitLinkedLayer(scope, createdBy, target);
  else await commitLayer(scope, createdBy, target);
}

function absoluteDestination(workingDirectory: string, destination: string): string {
  const isDirectory = destination === "" || /(^|\/)\.?$/.test(destination);
  const path = posix.resolve(workingDirectory, destination);
  return isDirectory && path !== "/" ? `${path}/` : path;
}
