import { changesBetween, type LayerChange } from "../filetree/diff.ts";
import { FileTree } from "../filetree/tree.ts";
import { layerChanges } from "../layer/layer-changes.ts";
import type { LayerStep, MadeFiles } from "./layer-step.ts";
import type { StepScope } from "./scope.ts";

/** The files that an instruction has made, and what its layer says. */
export interface MadeChanges {
  readonly files: MadeFiles;
  readonly changes: Iterable<LayerChange>;
}

/**
 * Makes the files of an instruction. Its layer says all of a tree that is linked, else what distinguishes it from the
 * stage's files.
 *
 * @throws what `step.make` and reading contents throw.
 */
export async function makeChanges(step: LayerStep, scope: StepScope): Promise<MadeChanges> {
  const files = await step.make();
  return { files, changes: await changesOf(files, scope) };
}

async function changesOf(made: MadeFiles, scope: StepScope): Promise<Iterable<LayerChange>> {
  if (made.isLinked) return changesBetween(new FileTree(), made.tree);
  return layerChanges(await scope.state.tree(), made.tree, scope.build.ports.contents);
}
