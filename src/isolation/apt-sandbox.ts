import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BindCommandMount } from "./isolation.ts";
import { resolveInRoot } from "./rooted-path.ts";

const settingsDirectory = "/etc/apt/apt.conf.d";

/**
 * Settings that keep apt from changing its user, for an image that has apt, where that cannot be done
 * or hidden: apt checks whether it is really somebody else then, and gives up. They are put into
 * `directory`.
 */
export function aptSandboxMount(root: string, directory: string): readonly BindCommandMount[] {
  if (!hasSettings(root)) return [];
  const source = path.join(directory, "apt.conf");
  writeFileSync(source, 'APT::Sandbox::User "root";\n', { mode: 0o644 });
  const target = `${settingsDirectory}/99slipway`;
  return [{ type: "bind", source, target, readOnly: true }];
}

function hasSettings(root: string): boolean {
  const directory = path.join(root, resolveInRoot(root, settingsDirectory));
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
}
