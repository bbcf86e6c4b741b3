import { changesBetween, type LayerChange } from "../filetree/diff.ts";
import { FileTree } from "../filetree/tree.ts";
import { layerChanges } from "../layer/layer-changes.ts";
import type { MadeFiles } from "./layer-step.ts";
import type { StepScope } from "./scope.ts";

/**
 * What the layer of an instruction says: all of a tree that is linked, else what distinguishes it from the stage's
 * files.
 *
 * @throws what reading contents throws.
 */
export async function changesOf(made: MadeFiles, scope: StepScope): Promise<Iterable<LayerChange>> {
  if (made.isLinked) return changesBetween(new FileTree(), made.tree);
  return layerChanges(await scope.state.tree(), made.tree, scope.build.ports.contents);
}
