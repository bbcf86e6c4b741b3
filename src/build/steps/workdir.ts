import { posix } from "node:path";
import type { WorkdirInstruction } from "../../dockerfile/instruction.ts";
import { makeDirectories } from "../../filetree/copy.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { commitMetadata } from "../commit.ts";
import { ownerOf } from "../image-accounts.ts";
import type { LayerStep } from "../layer-step.ts";
import type { StepScope } from "../scope.ts";

/**
 * WORKDIR: sets the working directory and makes it, with all directories above it, owned by the
 * present USER. What exists is left as it is, but there is a layer all the same. An absolute path is
 * recorded as written.
 */
export function stepWorkdir(
  instruction: WorkdirInstruction,
  scope: StepScope,
): LayerStep | undefined {
  const { state, build } = scope;
  const written = scope.expand(instruction.path);
  const path = written.startsWith("/") ? written : posix.resolve(state.workingDirectory, written);
  const user = state.config.User ?? "";
  state.config = { ...state.config, WorkingDir: path };
  if (posix.resolve(path) === "/") {
    commitMetadata(scope, `WORKDIR ${path}`);
    return undefined;
  }
  return {
    createdBy: `WORKDIR ${path}`,
    cachedAs: "run",
    isLinked: false,
    isToldByHistory: () => true,
    parts: () => Promise.resolve({ kind: "WORKDIR", path: posix.resolve(path), user }),
    make: async () => {
      const tree = (await state.tree()).fork();
      const owner = user === "" ? undefined : await ownerOf(user, scope);
      makeDirectories(tree, resolvePath(tree, path).path, { owner, time: build.fileTime });
      return { tree, isLinked: false };
    },
  };
}
