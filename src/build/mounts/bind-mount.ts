import type { BindMount } from "../../dockerfile/instructions/mount.ts";
import type { BindCommandMount } from "../../isolation/isolation.ts";
import { absoluteTarget, type MountSite } from "./mount-site.ts";
import { findSource } from "./source-node.ts";

/** The place of a bind mount, and absolute paths in the image of all mounts of its command. */
export interface BindSite extends MountSite {
  readonly targets: readonly string[];
}

/** Shows files of the context, a stage or an image. What is written to them is dropped afterwards. */
export async function bindMount(mount: BindMount, site: BindSite): Promise<BindCommandMount> {
  const { scope, resources, targets } = site;
  const { readOnly } = mount;
  const target = absoluteTarget(mount.target, scope);
  const { node } = await findSource(mount, scope);
  const { trees, isolation } = await scope.build.runner();
  // Mount points of others are made in what covers them, which must not be seen elsewhere.
  const isKept = readOnly && isolation.mounts === "kernel";
  const isShared = isKept && !targets.some((other) => other.startsWith(`${target}/`));
  const source = isShared ? await trees.shared(node) : resources.use(await trees.own(node)).path;
  return { type: "bind", source, target, readOnly };
}
