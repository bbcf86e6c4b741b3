import type { CopyInstruction } from "../../dockerfile/instruction.ts";
import { copyInto } from "../../filetree/copy.ts";
import { FileTree } from "../../filetree/tree.ts";
import { assertPaths } from "../../plan/copy-sources.ts";
import { type CopyRequest, copyStep, readCopyRequest } from "../copy/request.ts";
import {
  contextOf,
  findSources,
  isLiteral,
  type LoadedFiles,
  loadSources,
  neededOf,
  parentsSource,
  plainSource,
  type SourcePattern,
  sourceNotFound,
} from "../copy/sources.ts";
import type { LayerStep } from "../layer-step.ts";
import type { NamedFiles, StepScope } from "../scope.ts";

/** COPY: files of the build context, of another stage or of an image become a layer. */
export function stepCopy(instruction: CopyInstruction, scope: StepScope): LayerStep {
  const request = readCopyRequest(instruction, scope);
  assertPaths(request.sources);
  const sources = request.sources.map(instruction.parents ? parentsSource : plainSource);
  const copyAll = (files: LoadedFiles, target: FileTree, attributes: CopyRequest): void => {
    for (const source of sources) copySource(source, files, { instruction, target, attributes });
  };
  return copyStep({ instruction, request }, scope, {
    identify: async (identify) => [
      await identify({
        source: { from: instruction.from, patterns: sources.map(neededOf) },
        take: (tree) => {
          const target = new FileTree();
          copyAll({ tree, description: "" }, target, { ...request, mode: undefined });
          return target;
        },
      }),
    ],
    copy: async (target, attributes) => {
      const files = await loadSources(sources, await origin(instruction, scope));
      copyAll(files, target, attributes);
    },
  });
}

interface CopyTarget {
  readonly instruction: CopyInstruction;
  readonly target: FileTree;
  readonly attributes: CopyRequest;
}

function copySource(source: SourcePattern, files: LoadedFiles, into: CopyTarget): void {
  const { instruction, target, attributes } = into;
  let copied = 0;
  for (const found of findSources(source, files, attributes.selection)) {
    copied += copyInto(target, { ...attributes, ...found, source: files.tree });
  }
  // A link to a directory on the way exists, but is not entered.
  const isLost = copied === 0 && instruction.parents && attributes.selection === undefined;
  if (isLost && isLiteral(source)) throw sourceNotFound(source, files);
}

function origin(instruction: CopyInstruction, scope: StepScope): NamedFiles | Promise<NamedFiles> {
  if (instruction.from === undefined) return contextOf(scope);
  const { build, state, location } = scope;
  return build.files(instruction.from, state.planned.index, location);
}
