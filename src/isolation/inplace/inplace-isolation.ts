import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readMountTable } from "../../rootfs/mount-table.ts";
import { writeEtcFiles } from "../etc-files.ts";
import type { Command, CommandMount, CommandStreams, ExitStatus, Isolation } from "../isolation.ts";
import { makeDirectoryInRoot } from "../mount-points.ts";
import { assertNeedsNoNamespace } from "../namespace-needs.ts";
import { resolveInRoot } from "../rooted-path.ts";
import { keepFile } from "./kept-file.ts";
import { runNatively } from "./run-natively.ts";
import { showMounts } from "./shown-mounts.ts";

/**
 * Runs commands in the root of this very process, where a `SwappedStand` puts the image's files. One
 * command at a time, as root or whoever the command says, with the rights that the pod gives.
 */
export class InplaceIsolation implements Isolation {
  readonly name = "inplace";
  readonly mounts = "emulated";
  readonly #directory: string;

  /** `directory` is on the file system of the root; what commands need while they run is kept there. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async run(root: string, command: Command, streams: CommandStreams): Promise<ExitStatus> {
    streams.signal.throwIfAborted();
    assertNeedsNoNamespace(command);
    mkdirSync(this.#directory, { recursive: true });
    const directory = mkdtempSync(join(this.#directory, "command-"));
    using undo = new DisposableStack();
    undo.defer(() => rmSync(directory, { recursive: true, force: true }));
    const etc = keepMounted(await writeEtcFiles(directory, command), undo);
    const shown = undo.use(showMounts([...etc, ...command.mounts], { root, directory }));
    const cwd = resolveInRoot(root, command.cwd);
    const isShown = shown.targets.some((target) => `${cwd}/`.startsWith(`${target}/`));
    if (!isShown) makeDirectoryInRoot(root, cwd);
    return await runNatively(command, streams);
  }
}

/** Leaves out what the pod has mounted itself, as it does with its own names; commands may not spoil it. */
function keepMounted(etc: readonly CommandMount[], undo: DisposableStack): CommandMount[] {
  const mounted = new Set(readMountTable().map((mount) => mount.target));
  return etc.filter(({ target }) => {
    if (!mounted.has(target)) return true;
    undo.use(keepFile(target));
    return false;
  });
}
