import type { AddInstruction } from "../../dockerfile/instruction.ts";
import { addArchive } from "../../filetree/add-archive.ts";
import { copyInto } from "../../filetree/copy.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { readArchive } from "../../layer/archive.ts";
import { commitLayer } from "../commit.ts";
import type { StepScope } from "../scope.ts";
import { contextFiles, copyInline, matchSource, prepareCopy } from "./copy.ts";

/**
 * ADD: like COPY from the build context, but a local file that is a tar archive, compressed or not,
 * is unpacked into the destination, which then is a directory.
 */
export async function stepAdd(instruction: AddInstruction, scope: StepScope): Promise<void> {
  const request = await prepareCopy(instruction, scope);
  const files = await contextFiles(request.sources, scope);
  const { contents } = scope.build.ports;
  const after = (await scope.state.tree()).fork();
  for (const source of request.sources) {
    for (const path of matchSource(source, files)) {
      const { node } = resolvePath(files.tree, path);
      const archive = node?.type === "file" ? await readArchive(node, contents) : undefined;
      if (archive === undefined) copyInto(after, { ...request, source: files.tree, path });
      else addArchive(after, archive, request);
    }
  }
  copyInline(after, instruction, { request, scope });
  await commitLayer(scope, request.createdBy, after);
}
