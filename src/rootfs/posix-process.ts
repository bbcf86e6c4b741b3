/** System calls about processes that Node lacks; see posix.ts. */
import { InternalError } from "../errors/internal-error.ts";
import { check, type SystemCall, systemCall } from "./posix.ts";

/** Who a process is. */
export interface ProcessIdentity {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/**
 * Numbers of the system calls themselves (asm/unistd.h). The functions of libc change all threads of
 * a process, and others are writing files at this moment.
 */
const numbers: Readonly<
  Record<string, { setresuid: number; setresgid: number; setgroups: number }>
> = {
  x64: { setresuid: 117, setresgid: 119, setgroups: 116 },
  arm64: { setresuid: 147, setresgid: 149, setgroups: 159 },
};

interface ProcessCalls {
  readonly setIds: SystemCall;
  readonly setList: SystemCall;
  readonly prctl: SystemCall;
  readonly waitpid: SystemCall;
  readonly chroot: SystemCall;
  readonly pipe: SystemCall;
}

let loaded: ProcessCalls | undefined;

function calls(): ProcessCalls {
  loaded ??= {
    setIds: systemCall("long syscall(long number, long real, long effective, long saved)"),
    setList: systemCall("long syscall(long number, long count, const void *list)"),
    prctl: systemCall("int prctl(int option, ulong a, ulong b, ulong c, ulong d)"),
    waitpid: systemCall("int waitpid(int pid, void *status, int options)"),
    chroot: systemCall("int chroot(const char *path)"),
    pipe: systemCall("int pipe2(_Inout_ void *ends, int flags)"),
  };
  return loaded;
}

const keep = -1;

/**
 * Calls `action` while this thread, and no other, is somebody else: a process that is started in
 * there is that one for good. Needs CAP_SETUID and CAP_SETGID; `action` must not wait for anything.
 *
 * @throws as `node:fs` does when an identity is refused, and what `action` throws.
 */
export function actAs<T>(identity: ProcessIdentity, action: () => T): T {
  const { setresuid, setresgid, setgroups } = ownNumbers();
  const { setIds, setList } = calls();
  const setGroups = (gids: readonly number[]): void => {
    const list = Uint32Array.from(gids);
    check(setList(setgroups, list.length, list), "setgroups", gids.join(","));
  };
  const setBoth = (uid: number, gid: number): void => {
    check(setIds(setresgid, gid, gid, keep), "setresgid", String(gid));
    check(setIds(setresuid, uid, uid, keep), "setresuid", String(uid));
  };
  const own = process.getgroups?.() ?? [];
  try {
    setGroups(identity.additionalGids);
    setBoth(identity.uid, identity.gid);
    return action();
  } finally {
    // The saved ids are still root's, and the rights come back with it: uid first.
    check(setIds(setresuid, 0, 0, keep), "setresuid", "0");
    check(setIds(setresgid, 0, 0, keep), "setresgid", "0");
    setGroups(own);
  }
}

function ownNumbers(): { setresuid: number; setresgid: number; setgroups: number } {
  const found = numbers[process.arch];
  if (found === undefined) throw new InternalError(`system calls of ${process.arch} are not known`);
  return found;
}

const setChildSubreaper = 36;

/** From now on, orphans of this process' children become its own, instead of the first process'. */
export function becomeSubreaper(): void {
  check(calls().prctl(setChildSubreaper, 1, 0, 0, 0), "prctl", "PR_SET_CHILD_SUBREAPER");
}

const setDumpable = 4;

/**
 * Keeps other processes without CAP_SYS_PTRACE, also of the same user, from reading this one's
 * memory, environment and open files.
 */
export function makeNonDumpable(): void {
  check(calls().prctl(setDumpable, 0, 0, 0, 0), "prctl", "PR_SET_DUMPABLE");
}

const noHang = 1;

/** Takes note of the end of a child process that Node does not know, if it has ended. */
export function reap(pid: number): void {
  calls().waitpid(pid, null, noHang);
}

/** Takes the root that this process has already, which fails where it may take no other one either. */
export function probeChroot(): void {
  check(calls().chroot("/"), "chroot", "/");
}

const closeOnExec = 0o2000000;

/** The ends of a new pipe, as file descriptors. */
export function makePipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = new Int32Array(2);
  check(calls().pipe(ends, closeOnExec), "pipe2", "");
  return { readEnd: ends[0] ?? -1, writeEnd: ends[1] ?? -1 };
}
