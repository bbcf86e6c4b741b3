import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { isBuilderError } from "../../errors/builder-error.ts";
import { canRestrictFiles } from "../../rootfs/landlock.ts";
import { runProgram } from "../../support/process.ts";
import { readIfThere } from "../../support/read-if-there.ts";
import type { Command } from "../isolation.ts";
import type { Refusal, RungProbe } from "../refusal.ts";
import { extractLoader } from "./proot-loader.ts";
import { PtraceIsolation, type PtraceSetup } from "./ptrace-isolation.ts";

export interface PtraceProbeOptions {
  /** Absolute. */
  readonly workDirectory: string;
  readonly signal: AbortSignal;
  /** Its PATH says where proot is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How commands can be run under ptrace. */
export interface PtraceMeans {
  readonly isolation: PtraceIsolation;
  /** Whether they are kept from files that are not theirs. */
  readonly restrictsFiles: boolean;
}

/** Finds out whether commands can be run under proot, by running one. */
export async function probePtrace(options: PtraceProbeOptions): Promise<RungProbe<PtraceMeans>> {
  const { workDirectory, signal, environment } = options;
  const proot = findProgram("proot", environment["PATH"] ?? "");
  if (proot === undefined) return refused(missing);
  const libraries = await librariesOf(proot, signal);
  const restrictsFiles = canRestrictFiles();
  const loader = path.join(workDirectory, "proot-loader");
  if (!(await extractLoader(proot, loader))) return refused(unknown);
  const setup: PtraceSetup = { workDirectory, proot, libraries, loader, restrictsFiles };
  const reason = await tryCommand(setup, signal);
  if (reason !== undefined) return refused(await explain(reason));
  return { works: true, rung: { isolation: new PtraceIsolation(setup), restrictsFiles } };
}

function refused(why: Omit<Refusal, "rung">): RungProbe<never> {
  return { works: false, refusals: [{ rung: "ptrace", ...why }] };
}

const missing: Omit<Refusal, "rung"> = {
  reason: "proot is not installed",
  remedy: "use slipway's step image, or put proot into the PATH of slipway",
};

const unknown: Omit<Refusal, "rung"> = {
  reason: "proot is another one than Debian's proot 5.1",
  remedy: "use slipway's step image",
};

function findProgram(name: string, searchPath: string): string | undefined {
  const places = searchPath.split(":").map((directory) => path.resolve(directory, name));
  return places.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What the program interpreter loads with a program, itself included (ld.so(8)). */
async function librariesOf(program: string, signal: AbortSignal): Promise<string[]> {
  const env = { LD_TRACE_LOADED_OBJECTS: "1" };
  const result = await runProgram([program], { env, signal });
  if (result.kind !== "exited") return [];
  const loaded = result.stdout.toString().matchAll(/^\t(?:.* => )?(\/.*) \(0x[0-9a-f]+\)$/gm);
  return [...loaded].flatMap(([, file]) => file ?? []);
}

/** Lets proot run itself, in a root where nothing else is. Returns why it could not. */
async function tryCommand(setup: PtraceSetup, signal: AbortSignal): Promise<string | undefined> {
  const root = await mkdtemp(path.join(setup.workDirectory, "probe-"));
  let said = "";
  const output = (chunk: Uint8Array): void => {
    said += Buffer.from(chunk).toString();
  };
  try {
    const isolation = new PtraceIsolation(setup);
    const { code } = await isolation.run(root, probeCommand(setup), { signal, output });
    if (code === 0) return undefined;
    return code === 126 ? noExecution : (said.trim().split("\n").at(-1) ?? "");
  } catch (error) {
    if (!isBuilderError(error, "ISOLATION_UNAVAILABLE")) throw error;
    return error.message;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function probeCommand({ proot, libraries }: PtraceSetup): Command {
  return {
    args: [proot, "--version"],
    env: [],
    cwd: "/",
    user: { uid: 0, gid: 0, additionalGids: [] },
    mounts: [proot, ...libraries].map((file) => {
      return { type: "bind", source: file, target: file, readOnly: true };
    }),
    network: "host",
    security: "sandbox",
    hostname: "probe",
  };
}

const noExecution = "programs in the work directory cannot be executed";
/** What proot says where it may not trace. */
const forbidden = /ptrace|Operation not permitted/;
const yamaSetting = "/proc/sys/kernel/yama/ptrace_scope";

async function explain(reason: string): Promise<Omit<Refusal, "rung">> {
  if (reason === noExecution) {
    return { reason, remedy: "mount the volume of the work directory without noexec" };
  }
  const isForbidden = forbidden.test(reason);
  const scope = Number(await readIfThere(yamaSetting));
  if (isForbidden && scope >= 2) {
    return {
      reason: `the node's Yama forbids ptrace (kernel.yama.ptrace_scope is ${scope})`,
      remedy:
        scope === 2
          ? "set kernel.yama.ptrace_scope to 1 on the node, or capabilities.add: [SYS_PTRACE] in the securityContext"
          : "set kernel.yama.ptrace_scope to 1 on the node, which takes a restart where it is 3",
    };
  }
  return {
    reason: isForbidden ? `ptrace is forbidden: ${reason}` : `proot fails: ${reason}`,
    remedy: "set seccompProfile.type: RuntimeDefault in the securityContext, which permits ptrace",
  };
}
