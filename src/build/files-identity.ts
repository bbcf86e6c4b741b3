import { chainKey } from "../cache/step-key.ts";
import type { StepScope } from "./scope.ts";

/** Says of a stage's files, where it is known what they are, that a layer with these changes is on top (`changesDigest`). */
export function addToContent({ state }: StepScope, changes: string): void {
  const { content } = state.identity;
  if (content === undefined) return;
  state.identity = { ...state.identity, content: chainKey(content, changes) };
}
