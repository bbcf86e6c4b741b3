import type { CommandUser } from "../isolation.ts";
import type { OwnRights } from "./own-rights.ts";

/** What a runtime's config.json says because of the command's user. */
export interface RuntimeUser {
  /** The user itself (`process.user`). */
  readonly user: CommandUser & { readonly umask: number };
  /** Namespaces for it alone. */
  readonly namespaces: readonly "user"[];
  /** What goes into `linux` beside the namespaces. */
  readonly mappings: { readonly [Ids in "uidMappings" | "gidMappings"]?: readonly IdMapping[] };
}

interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: 1;
}

/**
 * Makes `user` out of what ids there are: one whose ids this process cannot have gets a user namespace
 * of its own, where they stand for those of this process. It has no supplementary groups in there.
 */
export function runtimeUser(
  user: CommandUser,
  { ids, setsGroups }: Pick<OwnRights, "ids" | "setsGroups">,
): RuntimeUser {
  const umask = 0o022;
  const host = { uid: ids.diskUid(user.uid), gid: ids.diskGid(user.gid) };
  if (host.uid === user.uid && host.gid === user.gid) {
    const additionalGids = setsGroups ? user.additionalGids : [];
    return { user: { ...user, umask, additionalGids }, namespaces: [], mappings: {} };
  }
  return {
    user: { ...user, umask, additionalGids: [] },
    namespaces: ["user"],
    mappings: {
      uidMappings: [{ containerID: user.uid, hostID: host.uid, size: 1 }],
      gidMappings: [{ containerID: user.gid, hostID: host.gid, size: 1 }],
    },
  };
}
