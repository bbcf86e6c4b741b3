import { posix } from "node:path";
import type { WorkdirInstruction } from "../../dockerfile/instruction.ts";
import { makeDirectories } from "../../filetree/copy.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { commitLayer, commitMetadata } from "../commit.ts";
import { ownerOf } from "../image-accounts.ts";
import type { StepScope } from "../scope.ts";

/**
 * WORKDIR: sets the working directory and makes it, with all directories above it, owned by the
 * present USER. What exists is left as it is, but there is a layer all the same. An absolute path is
 * recorded as written.
 */
export async function stepWorkdir(
  instruction: WorkdirInstruction,
  scope: StepScope,
): Promise<void> {
  const { state, build } = scope;
  const written = scope.expand(instruction.path);
  const path = written.startsWith("/") ? written : posix.resolve(state.workingDirectory, written);
  state.config = { ...state.config, WorkingDir: path };
  if (posix.resolve(path) === "/") {
    commitMetadata(scope, `WORKDIR ${path}`);
    return;
  }
  const after = (await state.tree()).fork();
  const user = state.config.User ?? "";
  const owner = user === "" ? undefined : await ownerOf(user, scope);
  makeDirectories(after, resolvePath(after, path).path, { owner, time: build.fileTime });
  await commitLayer(scope, `WORKDIR ${path}`, after);
}
