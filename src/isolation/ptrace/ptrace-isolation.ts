import { CommandError } from "../../errors/command-error.ts";
import { makeWritable } from "../../rootfs/change-directory.ts";
import type {
  BindCommandMount,
  Command,
  CommandStreams,
  ExitStatus,
  Isolation,
} from "../isolation.ts";
import { assertNeedsNoNamespace } from "../namespace-needs.ts";
import { withPlacedMounts } from "../place-mounts.ts";
import { blindSpotFilter } from "./blind-spots.ts";
import { makeCommandPlace } from "./command-place.ts";
import type { ConfinedProgram } from "./confined-thread.ts";
import { withInnerMountPoints } from "./inner-mount-points.ts";
import { launchOf } from "./launch.ts";
import { prootArguments } from "./proot-arguments.ts";
import { runProot } from "./run-proot.ts";
import { visibleFiles } from "./visible-files.ts";

/** How commands are run here; `probePtrace` finds out. */
export interface PtraceSetup {
  /** An absolute path; what a command needs while it runs is kept there. */
  readonly workDirectory: string;
  /** Absolute path of proot. */
  readonly proot: string;
  /** What proot loads when it starts. */
  readonly libraries: readonly string[];
  /** See `extractLoader`. */
  readonly loader: string;
  /** Whether the kernel can keep a command from files that are not its own. */
  readonly restrictsFiles: boolean;
}

/** Runs each command under proot, which makes it believe that a directory is its root, and it root. */
export class PtraceIsolation implements Isolation {
  readonly name = "ptrace";
  readonly mounts = "emulated";
  readonly #setup: PtraceSetup;

  constructor(setup: PtraceSetup) {
    this.#setup = setup;
  }

  async run(root: string, command: Command, streams: CommandStreams): Promise<ExitStatus> {
    streams.signal.throwIfAborted();
    assertNeedsNoNamespace(command);
    assertNoColon(command);
    using place = await makeCommandPlace(this.#setup.workDirectory, root, command);
    // proot passes over permission bits on the way to a file, but not over those of the root.
    using lent = new DisposableStack();
    lent.use(makeWritable(root));
    const plan = { root, cwd: command.cwd, mounts: place.mounts };
    return await withPlacedMounts(plan, (placed) => {
      const mounts = placed.filter((mount) => mount.type === "bind");
      return withInnerMountPoints(mounts, () => {
        const program = this.#program({ root, command, mounts });
        return runProot(program, streams);
      });
    });
  }

  #program({ root, command, mounts }: Run): ConfinedProgram {
    const { proot, libraries, loader, restrictsFiles } = this.#setup;
    const programFiles = [proot, loader, ...libraries];
    const { args, env } = launchOf(root, command, loader);
    const system = ["/proc", "/sys"].map((file) => ({ source: file, target: file }));
    const binds = [...system, ...mounts];
    return {
      program: proot,
      args: prootArguments({ root, command: { ...command, args }, binds }),
      env,
      cwd: "/",
      files: restrictsFiles ? visibleFiles({ root, mounts, programFiles }) : undefined,
      filter: blindSpotFilter(process.arch),
    };
  }
}

interface Run {
  readonly root: string;
  readonly command: Command;
  readonly mounts: readonly BindCommandMount[];
}

/** proot takes source and target in one argument. @throws ISOLATION_UNAVAILABLE */
function assertNoColon({ mounts }: Command): void {
  const colon = mounts.find(({ target }) => target.includes(":"));
  if (colon === undefined) return;
  const message = `there cannot be a mount at ${colon.target} under ptrace: its path has a colon`;
  throw new CommandError("ISOLATION_UNAVAILABLE", message, { hint: "Mount it at another path" });
}
