import type { CopyInstruction } from "../../dockerfile/instruction.ts";
import { copyInto } from "../../filetree/copy.ts";
import { assertPaths } from "../../plan/copy-sources.ts";
import { copyInline } from "../copy/inline.ts";
import { commitCopy, readCopyRequest } from "../copy/request.ts";
import {
  contextOf,
  findSources,
  isLiteral,
  loadSources,
  parentsSource,
  plainSource,
  sourceNotFound,
} from "../copy/sources.ts";
import type { NamedFiles, StepScope } from "../scope.ts";

/** COPY: files of the build context, of another stage or of an image become a layer. */
export async function stepCopy(instruction: CopyInstruction, scope: StepScope): Promise<void> {
  const request = await readCopyRequest(instruction, scope);
  assertPaths(request.sources);
  const sources = request.sources.map(instruction.parents ? parentsSource : plainSource);
  const files = await loadSources(sources, await origin(instruction, scope));
  await commitCopy(request, scope, (target) => {
    for (const source of sources) {
      let copied = 0;
      for (const found of findSources(source, files, request.selection)) {
        copied += copyInto(target, { ...request, ...found, source: files.tree });
      }
      // A link to a directory on the way exists, but is not entered.
      const isLost = copied === 0 && instruction.parents && request.selection === undefined;
      if (isLost && isLiteral(source)) throw sourceNotFound(source, files);
    }
    copyInline(target, instruction, { request, scope });
  });
}

function origin(instruction: CopyInstruction, scope: StepScope): NamedFiles | Promise<NamedFiles> {
  if (instruction.from === undefined) return contextOf(scope);
  const { build, state, location } = scope;
  return build.files(instruction.from, state.planned.index, location);
}
