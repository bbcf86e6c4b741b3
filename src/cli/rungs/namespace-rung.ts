import { join } from "node:path";
import { namespacePrivileges } from "../../isolation/namespace/privileges.ts";
import { probeNamespace } from "../../isolation/namespace/probe-namespace.ts";
import { type SupervisedEnd, superviseInNamespace } from "../../isolation/namespace/supervisor.ts";
import type { RungProbe } from "../../isolation/refusal.ts";
import { probeOverlay } from "../../rootfs/overlay-mount.ts";
import { OverlayRootFactory } from "../../rootfs/overlay-root.ts";
import { hasSingleId } from "../../rootfs/owner-ids.ts";
import { PlainRootFactory } from "../../rootfs/plain-root.ts";
import type { Rung, RungOptions } from "./rung.ts";

/** Tells the slipway in the namespaces where its work directory is. */
export const workDirectoryVariable = "SLIPWAY_SESSION_DIRECTORY";

type Options = Pick<RungOptions, "workDirectory" | "signal" | "log">;

/**
 * Runs this very program again, in namespaces of its own. The work directory is gone afterwards,
 * whatever happened.
 */
export async function runInNamespace(options: Options): Promise<SupervisedEnd> {
  const { workDirectory, signal, log } = options;
  const probe = await namespacePrivileges(signal);
  if (!probe.works) return { kind: "refused", refusals: probe.refusals };
  log.debug("entering namespaces", { ...probe.rung });
  const [script = "", ...args] = process.argv.slice(1);
  const { ended, end } = superviseInNamespace({
    argv: [process.execPath, ...process.execArgv, script, ...args],
    env: { ...process.env, [workDirectoryVariable]: workDirectory },
    workDirectory,
    privileges: probe.rung,
  });
  const onAbort = (): void => end("SIGTERM");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await ended;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The rung of the program that `runInNamespace` has started. */
export async function openNamespaceRung(options: Options): Promise<RungProbe<Rung>> {
  const { workDirectory, signal, log } = options;
  const probe = await probeNamespace(workDirectory, signal);
  if (!probe.works) return probe;
  const isSingle = hasSingleId();
  if (isSingle) {
    log.warn("there is a single user id here: owners that commands give to files are not kept", {
      remedy: "run as root in the securityContext, with SETUID, SETGID and SETFCAP",
    });
  }
  const roots = join(workDirectory, "roots");
  const openRoots: Rung["openRoots"] = (contents) => {
    const overlay = probeOverlay(workDirectory);
    if (overlay.works) return new OverlayRootFactory(roots, contents);
    log.warn("overlayfs cannot be used in the work directory, changes are found by scanning", {
      reason: overlay.reason,
    });
    return new PlainRootFactory(roots, contents);
  };
  const { rung: isolation } = probe;
  const keepsOwners = !isSingle;
  return { works: true, rung: { isolation, keepsOwners, directory: workDirectory, openRoots } };
}
