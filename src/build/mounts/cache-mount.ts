import { posix } from "node:path";
import { cleanPath } from "../../dockerfile/ignore/clean-path.ts";
import type { CacheMount } from "../../dockerfile/instructions/mount.ts";
import type { TreeNode } from "../../filetree/node.ts";
import { defaultDirectory, FileTree } from "../../filetree/tree.ts";
import type { BindCommandMount } from "../../isolation/isolation.ts";
import type { StepScope } from "../scope.ts";
import type { CacheRequest } from "./cache-directories.ts";
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

/**
 * Shows caches. Mounts of one command that mean the same cache show the same directory, which the
 * command has to itself as soon as one of them says so.
 *
 * @throws CONTEXT_SOURCE_NOT_FOUND when there is nothing of the `source`.
 */
export async function cacheMounts(
  mounts: readonly CacheMount[],
  site: MountSite,
): Promise<BindCommandMount[]> {
  const wanted: WantedCache[] = [];
  for (const mount of mounts) wanted.push(await wantedCache(mount, site.scope));
  const byKey = Map.groupBy(wanted, ({ key }) => key);
  const result: BindCommandMount[] = [];
  // The order that `CacheDirectories` asks for.
  for (const key of [...byKey.keys()].toSorted()) {
    result.push(...(await sameCacheMounts(byKey.get(key) ?? [], site)));
  }
  return result;
}

async function sameCacheMounts(
  wanted: readonly WantedCache[],
  { scope, resources }: MountSite,
): Promise<BindCommandMount[]> {
  const [strictest] = wanted.toSorted((a, b) => strictness(b) - strictness(a));
  if (strictest === undefined) return [];
  const { caches, isolation } = await scope.build.runner();
  const { path: directory } = resources.use(await caches.acquire(strictest, scope.build.signal));
  return wanted.map(({ target, readOnly, part }) => {
    if (part === "/") return { type: "bind", source: directory, target, readOnly };
    if (isolation.mounts === "emulated") {
      return { type: "bind", source: findCachePart({ directory, part }), target, readOnly };
    }
    const shown = showCachePart({ directory, part }, scope.build.ports.workDirectory);
    return { type: "bind", source: resources.use(shown).path, target, readOnly };
  });
}

function strictness({ sharing }: CacheRequest): number {
  return ["shared", "private", "locked"].indexOf(sharing);
}

async function wantedCache(mount: CacheMount, scope: StepScope): Promise<WantedCache> {
  const { sharing, readOnly, from } = mount;
  const source = posix.resolve("/", mount.source ?? "");
  const found = from === undefined ? undefined : await findSource(mount, scope);
  const metadata = source === "/" ? givenMetadata(mount) : undefined;
  const key = JSON.stringify([
    scope.build.request.buildArgs.get(namespaceArgument) ?? "",
    mount.id ?? cleanPath(mount.target),
    found === undefined ? null : [found.description, source],
    metadata ?? null,
  ]);
  const seed = seedOf(found?.node, metadata);
  const target = absoluteTarget(mount.target, scope);
  return { key, sharing, seed, target, readOnly, part: found === undefined ? source : "/" };
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
