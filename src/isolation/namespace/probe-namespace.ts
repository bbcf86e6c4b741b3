import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { isBuilderError } from "../../errors/builder-error.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { inUserNamespace } from "../../rootfs/owner-ids.ts";
import { mount, unmount } from "../../rootfs/posix.ts";
import type { Command } from "../isolation.ts";
import type { RungProbe } from "../refusal.ts";
import { NamespaceIsolation, type NamespaceSetup } from "./namespace-isolation.ts";
import { noContainer } from "./refusals.ts";
import type { Runtime } from "./runtime.ts";
import type { KernelFiles } from "./runtime-spec.ts";

/** cgroups are none of a build's business: whoever started slipway has set its limits. */
const crun: Runtime = {
  program: "crun",
  options: ["--cgroup-manager=disabled"],
  limitsDevices: false,
};
const runc: Runtime = { program: "runc", options: [], limitsDevices: true };

/**
 * Finds, by making containers, how to make them here. To be called in a mount namespace of slipway's
 * own (`superviseInNamespace`), since it may hide /sys/fs/cgroup in it.
 */
export async function probeNamespace(
  workDirectory: string,
  signal: AbortSignal,
): Promise<RungProbe<NamespaceIsolation>> {
  const reasons = new Set<string>();
  // A sysfs shows a network namespace, and is refused to whoever does not own that.
  const sys: KernelFiles["sys"] = inUserNamespace() ? "bind" : "fresh";
  // Whoever got no process ids of its own was refused a procfs, and a container would be, too.
  const procs: readonly KernelFiles["proc"][] = process.pid === 1 ? ["fresh", "bind"] : ["bind"];
  const uncover = coverCgroups();
  for (const runtime of [crun, runc]) {
    // runc cannot do without cgroups.
    if (runtime === runc) uncover();
    for (const proc of procs) {
      const setup = { workDirectory, runtime, kernelFiles: { proc, sys } };
      const refusal = await tryContainer(setup, signal);
      if (refusal === undefined) return { works: true, rung: new NamespaceIsolation(setup) };
      reasons.add(refusal);
    }
  }
  return { works: false, refusals: [noContainer([...reasons])] };
}

const cgroups = "/sys/fs/cgroup";

/**
 * Hides the cgroups from crun, which otherwise refuses machines with cgroups of both versions, also
 * when told not to use any. Returns a function that shows them again.
 */
function coverCgroups(): () => void {
  try {
    mount(cgroups, { source: "none", type: "tmpfs", data: "size=0,mode=755" });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return () => undefined;
  }
  return () => unmount(cgroups);
}

const missingProgram = "/slipway-probe";

/**
 * Makes a container of an empty directory. All of it is set up before the runtime finds that the
 * program in it does not exist, so that failure is the success. Returns why it did not get so far.
 */
async function tryContainer(
  setup: NamespaceSetup,
  signal: AbortSignal,
): Promise<string | undefined> {
  const root = await mkdtemp(path.join(setup.workDirectory, "probe-"));
  try {
    const isolation = new NamespaceIsolation(setup);
    const status = await isolation.run(root, probeCommand, { signal, output: () => undefined });
    return status.code === 127 ? undefined : `${setup.runtime.program} ran what does not exist`;
  } catch (error) {
    if (!isBuilderError(error, "ISOLATION_UNAVAILABLE")) throw error;
    return `${setup.runtime.program}: ${error.message}`;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const probeCommand: Command = {
  args: [missingProgram],
  env: [],
  cwd: "/",
  user: { uid: 0, gid: 0, additionalGids: [] },
  mounts: [],
  network: "host",
  security: "sandbox",
  hostname: "probe",
};
