import { join } from "node:path";
import { BuildCaches } from "../../src/build/mounts/build-caches.ts";
import { TreeDirectories } from "../../src/build/mounts/tree-directories.ts";
import type { Runner } from "../../src/build/ports.ts";
import type { Command, ExitStatus, Isolation } from "../../src/isolation/isolation.ts";
import type { Contents } from "../../src/layer/contents.ts";
import { PlainRootFactory } from "../../src/rootfs/plain-root.ts";

export interface RecordingRunnerOptions {
  /** Absolute; what the runner makes lies in there. */
  readonly directory: string;
  readonly contents: Contents;
  /** Stands for the command: called while all its mounts exist. */
  readonly run: (command: Command, root: string) => Promise<void> | void;
}

/** Runs no commands, but calls a function in their place. */
export function recordingRunner({ directory, contents, run }: RecordingRunnerOptions): Runner {
  const isolation: Isolation = {
    name: "namespace",
    mounts: "kernel",
    run: async (root, command): Promise<ExitStatus> => {
      await run(command, root);
      return { code: 0, signal: undefined };
    },
  };
  return {
    isolation,
    roots: new PlainRootFactory(join(directory, "roots"), contents),
    trees: new TreeDirectories(join(directory, "mounts"), contents),
    caches: new BuildCaches(join(directory, "caches"), contents),
  };
}
