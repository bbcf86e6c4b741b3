import { existsSync } from "node:fs";
import { chmod, mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { podCommand } from "./pods.ts";
import type { TemporaryDirectory } from "./temporary-directory.ts";

const checkout = "/checkout";

/** What kind of pod it shall be. */
export interface HostPod {
  /** One of `podProfiles`. */
  readonly profile: string;
  /** More arguments for the pod program, such as `--read-only`. */
  readonly options?: readonly string[];
}

/**
 * The command line that runs slipway with `args` in a pod that is not of the step image: it has this
 * machine's programs and this checkout, both read-only, and an own root with nothing but /tmp.
 * Its files are in `place`, for one pod only.
 */
export async function slipwayInPod(
  place: TemporaryDirectory,
  { profile, options = [] }: HostPod,
  args: readonly string[],
): Promise<readonly string[]> {
  const root = place.join("image");
  const scratch = place.join("scratch");
  for (const name of ["", "etc", "tmp", "usr"]) await mkdir(path.join(root, name));
  await chmod(path.join(root, "tmp"), 0o1777);
  await mkdir(scratch);
  for (const name of ["bin", "lib", "lib64", "sbin"]) {
    if (existsSync(`/${name}`)) await symlink(`usr/${name}`, path.join(root, name));
  }
  const node = path.join(checkout, "node_modules/node/bin/node");
  return podCommand({
    profile,
    layers: [root],
    scratch,
    environment: {},
    options: ["--mount=/usr:/usr:ro", `--mount=${path.resolve(".")}:${checkout}:ro`, ...options],
    command: [node, path.join(checkout, "src/cli/main.ts"), ...args],
  });
}
