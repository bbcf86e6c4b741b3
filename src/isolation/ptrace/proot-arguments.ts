import type { BindCommandMount, Command } from "../isolation.ts";

/** What proot is told of a command. */
export interface ProotPlan {
  /** Absolute path of the root directory. */
  readonly root: string;
  readonly command: Pick<Command, "args" | "cwd" | "user">;
  /** All that the command sees beside its root, their targets resolved. */
  readonly binds: readonly Pick<BindCommandMount, "source" | "target">[];
}

/** The arguments of proot 5.1 (proot(1)) that run the command. */
export function prootArguments({ root, command, binds }: ProotPlan): string[] {
  const { user, cwd, args } = command;
  return [
    // See `ProotReport`.
    "-v",
    "1",
    ...(user.uid === 0 && user.gid === 0 ? ["-0"] : ["-i", `${user.uid}:${user.gid}`]),
    "-r",
    root,
    "-w",
    cwd,
    ...binds.flatMap(({ source, target }) => ["-b", `${source}:${target}`]),
    ...args,
  ];
}
