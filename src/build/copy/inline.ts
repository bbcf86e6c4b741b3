import type { AddInstruction, CopyInstruction } from "../../dockerfile/instruction.ts";
import { type CopyRequest, copyInto } from "../../filetree/copy.ts";
import type { FileTree } from "../../filetree/tree.ts";
import { inlineFiles } from "../heredocs.ts";
import type { StepScope } from "../scope.ts";

/** Copies the files that stand in the Dockerfile itself. */
export function copyInline(
  target: FileTree,
  instruction: CopyInstruction | AddInstruction,
  step: { readonly request: Omit<CopyRequest, "source" | "path">; readonly scope: StepScope },
): void {
  const { request, scope } = step;
  const source = inlineFiles(instruction.inline, (body) => scope.expandBody(body), request.time);
  for (const { name } of instruction.inline) copyInto(target, { ...request, source, path: name });
}
