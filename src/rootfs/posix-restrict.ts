/** System calls with which a thread gives up rights for good; see posix.ts. */
import { check, defineStructure, type SystemCall, systemCall } from "./posix.ts";

interface RestrictCalls {
  readonly prctl: SystemCall;
  readonly setFilter: SystemCall;
  readonly createRuleset: SystemCall;
  readonly addRule: SystemCall;
  readonly restrictSelf: SystemCall;
}

let loaded: RestrictCalls | undefined;

function calls(): RestrictCalls {
  loaded ??= load();
  return loaded;
}

function load(): RestrictCalls {
  defineStructure("sock_fprog", { len: "uint16_t", filter: "const void *" });
  // libc has no functions for those of Landlock.
  const call = "long syscall(long number";
  return {
    prctl: systemCall("int prctl(int option, ulong a, ulong b, ulong c, ulong d)"),
    setFilter: systemCall("int prctl(int option, ulong mode, const sock_fprog *program)"),
    createRuleset: systemCall(`${call}, const void *attributes, size_t size, uint32_t flags)`),
    addRule: systemCall(`${call}, int ruleset, int type, const void *rule, uint32_t flags)`),
    restrictSelf: systemCall(`${call}, int ruleset, uint32_t flags)`),
  };
}

const setNoNewPrivileges = 38;

/** Takes the effect of setuid bits and file capabilities from this thread, and from all that it starts. */
export function forbidNewPrivileges(): void {
  check(calls().prctl(setNoNewPrivileges, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
}

const setSeccomp = 22;
const filterMode = 2;
const filterInstructionBytes = 8;

/**
 * Lets a filter decide on the system calls of this thread, and of all that it starts. `program` is
 * made of instructions as in linux/filter.h. Needs `forbidNewPrivileges`.
 */
export function setSystemCallFilter(program: Buffer): void {
  const filter = { len: program.length / filterInstructionBytes, filter: program };
  check(calls().setFilter(setSeccomp, filterMode, filter), "prctl", "PR_SET_SECCOMP");
}

/** The same on all machines (asm/unistd.h). */
const numbers = { createRuleset: 444, addRule: 445, restrictSelf: 446 } as const;
const askVersion = 1;
const pathBeneath = 1;

/** The version of Landlock's interface that this kernel has; 0 where it has none (landlock(7)). */
export function landlockVersion(): number {
  return Math.max(calls().createRuleset(numbers.createRuleset, null, 0, askVersion), 0);
}

/** What a ruleset forbids unless a rule permits it, as bit sets of linux/landlock.h. */
export interface LandlockAttributes {
  readonly files: number;
  readonly scopes: number;
}

/** Makes a ruleset, and returns its file descriptor. */
export function createLandlockRuleset({ files, scopes }: LandlockAttributes): number {
  const attributes = Buffer.alloc(24);
  attributes.writeBigUInt64LE(BigInt(files), 0);
  attributes.writeBigUInt64LE(BigInt(scopes), 16);
  // Older kernels know less of it, and take the rest where it is zero.
  const { createRuleset } = calls();
  const ruleset = createRuleset(numbers.createRuleset, attributes, attributes.length, 0);
  check(ruleset, "landlock_create_ruleset", "");
  return ruleset;
}

/** Permits `access`, a bit set, to the file of a descriptor and to all below it. */
export function addLandlockRule(ruleset: number, descriptor: number, access: number): void {
  const rule = Buffer.alloc(12);
  rule.writeBigUInt64LE(BigInt(access), 0);
  rule.writeInt32LE(descriptor, 8);
  const result = calls().addRule(numbers.addRule, ruleset, pathBeneath, rule, 0);
  check(result, "landlock_add_rule", `descriptor ${descriptor}`);
}

/** Enforces a ruleset on this thread, and on all that it starts. Needs `forbidNewPrivileges`. */
export function enforceLandlockRuleset(ruleset: number): void {
  check(calls().restrictSelf(numbers.restrictSelf, ruleset, 0), "landlock_restrict_self", "");
}
