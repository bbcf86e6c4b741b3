import { join } from "node:path";
import { probePtrace } from "../../isolation/ptrace/probe-ptrace.ts";
import { PlainRootFactory } from "../../rootfs/plain-root.ts";
import { makeNonDumpable } from "../../rootfs/posix-process.ts";
import type { Attempt } from "./rung.ts";

/**
 * Builds in this very process, with commands under proot: the rung that needs no rights at all.
 * Commands share the user of this process, and its umask.
 */
export const buildUnderPtrace: Attempt = async (options, build) => {
  const { workDirectory, signal, log } = options;
  const probe = await probePtrace({ workDirectory, signal, environment: process.env });
  if (!probe.works) return { kind: "refused", refusals: probe.refusals };
  const { isolation, restrictsFiles } = probe.rung;
  if (!restrictsFiles) {
    log.warn("this kernel has no Landlock: commands can read what the builder's user can read");
  }
  makeNonDumpable();
  process.umask(0o022);
  const code = await build({
    isolation,
    keepsOwners: false,
    directory: workDirectory,
    openRoots: (contents) => new PlainRootFactory(join(workDirectory, "roots"), contents),
  });
  return { kind: "exited", code };
};
