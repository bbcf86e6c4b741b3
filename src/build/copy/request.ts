import { posix } from "node:path";
import type { KeyPart } from "../../cache/cache-key.ts";
import type { CopyParts } from "../../cache/step-key.ts";
import type { AddInstruction, CopyInstruction } from "../../dockerfile/instruction.ts";
import type { CopyAttributes, Owner, Selection } from "../../filetree/copy.ts";
import { parseModeChange } from "../../filetree/mode-change.ts";
import { FileTree } from "../../filetree/tree.ts";
import { describeCopy } from "../history.ts";
import { ownerOf } from "../image-accounts.ts";
import type { IdentifyFiles, LayerStep } from "../layer-step.ts";
import type { StepScope } from "../scope.ts";
import { copyInline } from "./inline.ts";
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
  /** The flags as they are given, expanded. */
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  readonly createdBy: string;
}

/** How a COPY or ADD takes its files. */
export interface CopyWork {
  /** What stands for the files of each source. */
  readonly identify: (identify: IdentifyFiles) => Promise<readonly KeyPart[]>;
  /** Copies into `target`; `request` knows the owner. */
  readonly copy: (target: FileTree, request: CopyRequest) => Promise<void> | void;
}

/**
 * Expands and checks what COPY and ADD share. The owner is looked up later: it takes the files of the stage.
 *
 * @throws DOCKERFILE_INVALID, DOCKERFILE_SYNTAX
 */
export function readCopyRequest(
  instruction: CopyInstruction | AddInstruction,
  scope: StepScope,
): CopyRequest {
  const sources = instruction.sources.map((source) => scope.expand(source));
  const destination = scope.expand(instruction.destination);
  const chown = scope.expandOptional(instruction.chown);
  const chmod = scope.expandOptional(instruction.chmod);
  return {
    sources,
    destination: absoluteDestination(scope.state.workingDirectory, destination),
    selection: instruction.exclude.length === 0 ? undefined : allBut(instruction.exclude),
    // Where --chmod is given, BuildKit takes --link for not given.
    isLinked: instruction.link && chmod === undefined,
    chown,
    chmod,
    createdBy: describeCopy(instruction, { sources, destination }, { chown, chmod }),
    mode: chmod === undefined ? undefined : parseModeChange(chmod),
    time: scope.build.fileTime,
  };
}

/** The layer of a COPY or ADD. */
export function copyStep(
  { instruction, request }: CopyInstructionRequest,
  scope: StepScope,
  work: CopyWork,
): LayerStep {
  const { createdBy, isLinked } = request;
  return {
    createdBy,
    isLinked,
    cachedAs: "copy",
    isToldByHistory: () => false,
    parts: async (identify) => ({
      ...partsOf({ instruction, request }, scope),
      files: await work.identify(identify),
    }),
    make: async () => {
      const owned = { ...request, owner: await findOwner(request, scope) };
      const tree = isLinked ? new FileTree() : (await scope.state.tree()).fork();
      await work.copy(tree, owned);
      copyInline(tree, instruction, { request: owned, scope });
      return { tree, isLinked };
    },
  };
}

interface CopyInstructionRequest {
  readonly instruction: CopyInstruction | AddInstruction;
  readonly request: CopyRequest;
}

function partsOf(
  { instruction, request }: CopyInstructionRequest,
  scope: StepScope,
): Omit<CopyParts, "files"> {
  return {
    kind: instruction.type,
    sources: request.sources,
    destination: request.destination,
    chown: request.chown ?? null,
    chmod: request.chmod ?? null,
    exclude: instruction.exclude,
    parents: instruction.type === "COPY" && instruction.parents,
    unpack: (instruction.type === "ADD" ? instruction.unpack : undefined) ?? null,
    inline: instruction.inline.map(({ name, data, expand }) => [
      name,
      expand ? scope.expandBody(data) : data,
    ]),
  };
}

async function findOwner(
  { chown, isLinked }: CopyRequest,
  scope: StepScope,
): Promise<Owner | undefined> {
  if (chown === undefined) return undefined;
  return ownerOf(chown, scope, isLinked ? new FileTree() : undefined);
}

function absoluteDestination(workingDirectory: string, destination: string): string {
  const isDirectory = destination === "" || /(^|\/)\.?$/.test(destination);
  const path = posix.resolve(workingDirectory, destination);
  return isDirectory && path !== "/" ? `${path}/` : path;
}
