import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BindCommandMount } from "../isolation.ts";
import { resolveInRoot } from "../rooted-path.ts";

const settingsDirectory = "/etc/apt/apt.conf.d";
/** What a command reads into 32 bits, proot 5.1 corrects in the lower 16 of them only (getresuid(2)). */
const largestId = 0xffff;

/**
 * Settings that keep apt from changing its user, in images that have apt, where the ids of this
 * process are so large that proot cannot hide them: apt would notice that it is still somebody else,
 * and give up. They are put into `directory`.
 */
export function aptSandboxMount(root: string, directory: string): readonly BindCommandMount[] {
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (ids.every((id) => id <= largestId) || !hasSettings(root)) return [];
  const source = path.join(directory, "apt.conf");
  writeFileSync(source, 'APT::Sandbox::User "root";\n', { mode: 0o644 });
  const target = `${settingsDirectory}/99slipway`;
  return [{ type: "bind", source, target, readOnly: true }];
}

function hasSettings(root: string): boolean {
  const directory = path.join(root, resolveInRoot(root, settingsDirectory));
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
}
