import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { Command } from "../isolation.ts";
import { resolveInRoot } from "../rooted-path.ts";

/** What proot shall start, and the environment to start proot in. */
export interface Launch {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Tells proot where its loader is; see `extractLoader`. */
const loaderVariable = "PROOT_LOADER";

/**
 * The command inherits proot's environment. So the image's own env(1) takes from it what only proot
 * shall know, and adds what would change how proot itself is loaded. Images without env(1) have
 * hardly anything that would notice.
 */
export function launchOf(root: string, { args, env }: Command, loader: string): Launch {
  const launcher = ["/usr/bin/env", "/bin/env"].find((file) => isExecutable(root, file));
  const [program = ""] = args;
  const isUsable = launcher !== undefined && !program.includes("=") && !program.startsWith("-");
  const variables = env.filter((variable) => !isForLoading(variable)).map(splitVariable);
  return {
    args: isUsable ? [launcher, "-u", loaderVariable, ...env.filter(isForLoading), ...args] : args,
    env: { ...Object.fromEntries(variables), [loaderVariable]: loader },
  };
}

/** Whether the dynamic linker takes note of it (ld.so(8)). */
function isForLoading(variable: string): boolean {
  return variable.startsWith("LD_");
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf("=");
  return [variable.slice(0, equals), variable.slice(equals + 1)];
}

function isExecutable(root: string, file: string): boolean {
  try {
    accessSync(path.join(root, resolveInRoot(root, file)), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
