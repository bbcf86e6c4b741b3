import { posix } from "node:path";
import { cleanPath } from "../../dockerfile/ignore/clean-path.ts";
import type { CacheMount } from "../../dockerfile/instructions/mount.ts";
import type { TreeNode } from "../../filetree/node.ts";
import { defaultDirectory, FileTree } from "../../filetree/tree.ts";
import type { BindCommandMount } from "../../isolation/isolation.ts";
import type { StepScope } from "../scope.ts";
import type { CacheLease, CacheRequest } from "./cache-directories.ts";
import { findCachePart, showCachePart } from "./cache-part.ts";
import { absoluteTarget, type MountSite } from "./mount-site.ts";
import { findSource } from "./source-node.ts";

/** A build argument that keeps the caches of projects apart (BuildKit's name). */
export const namespaceArgument = "BUILDKIT_CACHE_MOUNT_NS";

/** A cache mount, with what it asks for. */
interface WantedCache extends CacheRequest {
  readonly target: string;
  readonly readOnly: boolean;
  /** The part of the cache's directory to show. */
  readonly part: string;
}

/** Caches that are shown to a command. */
export interface ShownCaches {
  readonly mounts: readonly BindCommandMount[];
  readonly leases: readonly CacheLease[];
}

/**
 * Shows caches. Mounts of one command that mean the same cache show the same directory, which the
 * command has to itself as soon as one of them says so.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when there is nothing of the `source`.
 */
export async function cacheMounts(
  mounts: readonly CacheMount[],
  site: MountSite,
): Promise<ShownCaches> {
  const wanted: WantedCache[] = [];
  for (const mount of mounts) wanted.push(await wantedCache(mount, site.scope));
  const byKey = Map.groupBy(wanted, ({ key }) => key);
  const shown: ShownCaches[] = [];
  // The order that `CacheDirectories` asks for.
  for (const key of [...byKey.keys()].toSorted()) {
    shown.push(await sameCacheMounts(byKey.get(key) ?? [], site));
  }
  return merged(shown);
}

function merged(shown: readonly ShownCaches[]): ShownCaches {
  return {
    mounts: shown.flatMap(({ mounts }) => mounts),
    leases: shown.flatMap(({ leases }) => leases),
  };
}

async function sameCacheMounts(
  wanted: readonly WantedCache[],
  { scope, resources }: MountSite,
): Promise<ShownCaches> {
  const [strictest] = wanted.toSorted((a, b) => strictness(b) - strictness(a));
  if (strictest === undefined) return merged([]);
  const { caches, isolation } = await scope.build.runner();
  const lease = resources.use(await caches.acquire(strictest, scope.build.signal));
  const directory = lease.path;
  const mounts = wanted.map(({ target, readOnly, part }): BindCommandMount => {
    if (part === "/") return { type: "bind", source: directory, target, readOnly };
    if (isolation.mounts === "emulated") {
      return { type: "bind", source: findCachePart({ directory, part }), target, readOnly };
    }
    const shown = showCachePart({ directory, part }, scope.build.ports.workDirectory);
    return { type: "bind", source: resources.use(shown).path, target, readOnly };
  });
  return { mounts, leases: [lease] };
}

function strictness({ sharing }: CacheRequest): number {
  return ["shared", "private", "locked"].indexOf(sharing);
}

async function wantedCache(mount: CacheMount, scope: StepScope): Promise<WantedCache> {
  const { sharing, readOnly, from } = mount;
  const source = posix.resolve("/", mount.source ?? "");
  const found = from === undefined ? undefined : await findSource(mount, scope);
  const metadata = source === "/" ? givenMetadata(mount) : undefined;
  const name = mount.id ?? cleanPath(mount.target);
  const key = JSON.stringify([
    scope.build.request.buildArgs.get(namespaceArgument) ?? "",
    name,
    found === undefined ? null : [found.description, source],
    metadata ?? null,
  ]);
  const seed = seedOf(found?.node, metadata);
  const target = absoluteTarget(mount.target, scope);
  const part = found === undefined ? source : "/";
  return { key, name, sharing, seed, target, readOnly, part };
}

interface GivenMetadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Mode and owner of a new cache where the mount says anything of them. */
function givenMetadata({ mode, uid, gid }: CacheMount): GivenMetadata | undefined {
  if (mode === undefined && uid === undefined && gid === undefined) return undefined;
  return { mode: mode ?? 0o755, uid: uid ?? 0, gid: gid ?? 0 };
}

function seedOf(node: TreeNode | undefined, given: GivenMetadata | undefined): TreeNode {
  if (node !== undefined && node.type !== "directory") return { ...node, ...given };
  const tree = new FileTree(node);
  if (given !== undefined) tree.setDirectory("", { ...(node ?? defaultDirectory), ...given });
  return tree.root;
}
