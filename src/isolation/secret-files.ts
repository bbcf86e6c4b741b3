import { chmodSync, chownSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ownerIds } from "../rootfs/owner-ids.ts";
import type { CommandMount, FileMount, SecretCommandMount } from "./isolation.ts";

/** Puts the secrets among `mounts` into `directory`, which is in memory, as files to be bound. */
export function writeSecretFiles(
  directory: string,
  mounts: readonly CommandMount[],
): readonly FileMount[] {
  return mounts.map((mount, index) => {
    if (mount.type !== "secret") return mount;
    const source = path.join(directory, `secret-${index}`);
    writeSecretFile(source, mount);
    return { type: "bind", source, target: mount.target, readOnly: true };
  });
}

/** Writes a secret to `file`, with its mode and, where that is possible, its owner. */
export function writeSecretFile(file: string, secret: SecretCommandMount): void {
  const ids = ownerIds();
  writeFileSync(file, secret.content, { mode: 0o600 });
  // The change of owner would clear special bits.
  chownSync(file, ids.diskUid(secret.uid), ids.diskGid(secret.gid));
  chmodSync(file, secret.mode);
}
