import { statSync } from "node:fs";
import { deviceNumbers } from "../../filetree/stat-values.ts";
import type { Command, FileMount } from "../isolation.ts";
import type { DeviceRule } from "./runtime-spec.ts";

const anyDevice: DeviceRule = { allow: true, access: "rwm" };

/** What a command may do with devices: those that it mounts, or all where it is insecure. */
export function deviceRules(
  { security }: Pick<Command, "security">,
  mounts: readonly FileMount[],
): readonly DeviceRule[] {
  if (security === "insecure") return [anyDevice];
  return mounts.flatMap((mount): DeviceRule[] => {
    if (mount.type !== "bind") return [];
    const stats = statSync(mount.source, { bigint: true });
    const type = stats.isBlockDevice() ? "b" : "c";
    if (type === "c" && !stats.isCharacterDevice()) return [];
    return [{ ...anyDevice, type, ...deviceNumbers(stats.rdev) }];
  });
}
