import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { onDisk } from "../../rootfs/on-disk.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import { aptSandboxMount } from "../apt-sandbox.ts";
import { writeEtcFiles } from "../etc-files.ts";
import type { BindCommandMount, Command, FileMount } from "../isolation.ts";
import { writeSecretFiles } from "../secret-files.ts";
import { hasSharedMemory, noMemoryForSecrets, sharedMemory } from "../shared-memory.ts";
import { makeDeviceDirectory } from "./device-directory.ts";

/** The files of one command that are not in its root, until disposal. */
export interface CommandPlace extends Disposable {
  /** All that the command shall see: its mounts, its /etc files, and a /dev of its own. */
  readonly mounts: readonly BindCommandMount[];
}

/**
 * Makes them for a command in `root`: secrets in memory, and the rest in `workDirectory`. Directories for tmpfs mounts are
 * there too: a pod's /dev/shm has 64 MiB, and nothing can be executed from it.
 *
 * @throws ISOLATION_UNAVAILABLE when there is no memory for secrets.
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export async function makeCommandPlace(
  workDirectory: string,
  root: string,
  command: Command,
): Promise<CommandPlace> {
  using made = new DisposableStack();
  const directory = makeDirectory(path.join(workDirectory, "command-"), made);
  const memory = hasSharedMemory() ? makeDirectory(`${sharedMemory}/slipway-`, made) : undefined;
  const apt = hidesOwnIds() ? [] : aptSandboxMount(root, directory);
  const wanted = [...(await writeEtcFiles(directory, command)), ...apt, ...command.mounts];
  const devices = makeDeviceDirectory(path.join(directory, "dev"));
  const mounts = [...devices, shm(memory ?? directory), ...withSecrets(wanted, memory)];
  const directories = mounts.map((mount, index): BindCommandMount => {
    if (mount.type === "bind") return mount;
    const source = makeShared(path.join(directory, `tmpfs-${index}`));
    return { type: "bind", source, target: mount.target, readOnly: mount.readOnly === true };
  });
  const owned = made.move();
  return { mounts: directories, [Symbol.dispose]: () => owned.dispose() };
}

/** What a command reads into 32 bits, proot 5.1 corrects in the lower 16 of them only (getresuid(2)). */
const largestHiddenId = 0xffff;

function hidesOwnIds(): boolean {
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return ids.every((id) => id <= largestHiddenId);
}

function makeDirectory(prefix: string, owner: DisposableStack): string {
  const directory = onDisk("make a directory for a command", () => mkdtempSync(prefix));
  owner.defer(() => removeDirectory(directory));
  return directory;
}

function makeShared(directory: string): string {
  onDisk("make a directory for a command", () => {
    mkdirSync(directory);
    chmodSync(directory, 0o1777);
  });
  return directory;
}

function shm(parent: string): BindCommandMount {
  const source = makeShared(path.join(parent, "shm"));
  return { type: "bind", source, target: sharedMemory, readOnly: false };
}

function withSecrets(mounts: Command["mounts"], memory: string | undefined): readonly FileMount[] {
  if (memory !== undefined) return writeSecretFiles(memory, mounts);
  return mounts.map((mount) => {
    if (mount.type === "secret") throw noMemoryForSecrets();
    return mount;
  });
}
