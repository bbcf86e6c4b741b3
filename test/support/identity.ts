import { defaultCapabilities } from "../../src/isolation/namespace/capabilities.ts";
import { enter, namespacePrivileges } from "../../src/isolation/namespace/privileges.ts";
import { runProgram } from "../../src/support/process.ts";

/** As whom tests of namespaces run. */
export interface Identity {
  readonly name: string;
  /** A program with arguments that runs what follows them as this identity; empty for the caller. */
  readonly as: readonly string[];
  /** Makes it, and says whether this machine lets it have namespaces. */
  prepare(): Promise<boolean>;
  /** Takes back what `prepare` did. */
  remove(): Promise<void>;
}

/** Whoever runs the tests. */
export const caller: Identity = {
  name: "whoever runs the tests",
  as: [],
  // Without subordinate ids, files cannot belong to anybody else.
  prepare: async () => {
    const probe = await namespacePrivileges(new AbortController().signal);
    return probe.works && probe.rung.root !== "single";
  },
  remove: () => Promise.resolve(),
};

const user = "slipway-test";
const isRoot = process.getuid?.() === 0;

const ordinaryUser: Identity = {
  name: "an ordinary user with subordinate ids",
  as: ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--"],
  // Only root can make users. Others are ordinary users themselves.
  prepare: async () => {
    if (!isRoot) return false;
    await runProgram(["useradd", "--no-create-home", user]);
    const [program, ...args] = enter({ root: "subordinate", processes: "own" });
    // Node may be where only root can read, and the machine may not have newuidmap.
    const trial = [...args, process.execPath, "--version"];
    const result = await runProgram(["setpriv", ...ordinaryUser.as.slice(1), program, ...trial], {
      cwd: "/",
    });
    return result.kind === "exited" && result.code === 0;
  },
  remove: async () => {
    if (isRoot) await runProgram(["userdel", user]);
  },
};

/** A user without subordinate ids; nobody knows it, and only root can become it. */
export const loneUser: Identity = {
  name: "a user without subordinate ids",
  as: ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"],
  prepare: async () => {
    if (!isRoot) return false;
    const [program, ...args] = [...loneUser.as, ...enter({ root: "single", processes: "own" })];
    const trial = [...args, process.execPath, "--version"];
    const result = await runProgram([program ?? "", ...trial], { cwd: "/" });
    return result.kind === "exited" && result.code === 0;
  },
  remove: () => Promise.resolve(),
};

const capabilities = [...defaultCapabilities].map((name) =>
  name.replace("CAP_", "+").toLowerCase(),
);
const asInPod = [
  "mount --bind /dev/null /proc/timer_list",
  `exec setpriv --bounding-set=-all,${capabilities.join(",")} -- "$@"`,
].join(" && ");

/** Root as in most pods: without CAP_SYS_ADMIN, and with a /proc of which something is hidden. */
export const podRoot: Identity = {
  name: "root of a pod",
  as: ["unshare", "--mount", "sh", "-c", asInPod, "sh"],
  prepare: async () => {
    if (!isRoot) return false;
    const [program, ...args] = [...podRoot.as, "unshare", "--user", "--mount", "true"];
    const result = await runProgram([program ?? "", ...args]);
    return result.kind === "exited" && result.code === 0;
  },
  remove: () => Promise.resolve(),
};

const rightless = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--clear-groups"];

/** Somebody whom the pod of the Pod Security Standard "restricted" could run as. */
export const restrictedUser: Identity = {
  name: "a user without any rights",
  as: isRoot ? ["setpriv", "--reuid=54321", "--regid=54321", ...rightless] : [],
  prepare: async () => {
    const [program, ...args] = [...restrictedUser.as, process.execPath, "--version"];
    const result = await runProgram([program, ...args], { cwd: "/" });
    return result.kind === "exited" && result.code === 0;
  },
  remove: () => Promise.resolve(),
};

/** Tests run once as each of them. */
export const identities: readonly Identity[] = [caller, podRoot, ordinaryUser];
