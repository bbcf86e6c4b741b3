import { chmodSync, chownSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ownerIds } from "../rootfs/owner-ids.ts";
import type { CommandMount, FileMount } from "./isolation.ts";

/** Puts the secrets among `mounts` into `directory`, which is in memory, as files to be bound. */
export function writeSecretFiles(
  directory: string,
  mounts: readonly CommandMount[],
): readonly FileMount[] {
  const ids = ownerIds();
  return mounts.map((mount, index) => {
    if (mount.type !== "secret") return mount;
    const { target, content, mode, uid, gid } = mount;
    const source = path.join(directory, `secret-${index}`);
    writeFileSync(source, content, { mode: 0o600 });
    // The change of owner would clear special bits.
    chownSync(source, ids.diskUid(uid), ids.diskGid(gid));
    chmodSync(source, mode);
    return { type: "bind", source, target, readOnly: true };
  });
}
