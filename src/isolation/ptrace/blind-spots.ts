/** A machine's numbers of what a filter has to tell apart. */
interface Machine {
  /** As in linux/audit.h. */
  readonly architecture: number;
  readonly clone: number;
  readonly statx: number;
}

const machines: Partial<Record<NodeJS.Architecture, Machine>> = {
  x64: { architecture: 0xc000_003e, clone: 56, statx: 332 },
  arm64: { architecture: 0xc000_00b7, clone: 220, statx: 291 },
};

/**
 * System calls with paths, or with ways around them, that are younger than proot 5.1: it lets them
 * pass with paths of the command's root that mean something else on this machine. These numbers are
 * the same on all machines. Every libc and program knows what to do on kernels without them.
 */
const youngCalls: readonly number[] = [
  425, // io_uring_setup; the thread that starts proot goes on using what it has set up
  428, // open_tree
  429, // move_mount
  430, // fsopen
  431, // fsconfig
  432, // fsmount
  433, // fspick
  435, // clone3
  437, // openat2
  439, // faccessat2
  442, // mount_setattr
  452, // fchmodat2
];
/** Since Linux 6.13, there may be any number of others (setxattrat is the first). */
const firstUnknown = 463;

/** A flag of clone(2) with which a process escapes its tracer. */
const untraced = 0x0080_0000;

const loadWord = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfAnyBit = 0x45;
const answer = 0x06;

const numberOffset = 0;
const architectureOffset = 4;
const firstArgumentOffset = 16;

const allow = 0x7fff_0000;
const fail = 0x0005_0000;
const notPermitted = fail | 1;
const noSuchCall = fail | 38;

/**
 * A seccomp filter under which a kernel seems as old as proot 5.1, and nothing escapes its tracer.
 * Undefined for machines that are not known here.
 */
export function blindSpotFilter(architecture: NodeJS.Architecture): Buffer | undefined {
  const machine = machines[architecture];
  if (machine === undefined) return undefined;
  return Buffer.concat([
    instruction(loadWord, architectureOffset),
    // Programs of another architecture use numbers of their own.
    instruction(jumpIfEqual, machine.architecture, { ifTrue: 1 }),
    instruction(answer, allow),
    instruction(loadWord, numberOffset),
    ...[machine.statx, ...youngCalls].flatMap((number) => [
      instruction(jumpIfEqual, number, { ifFalse: 1 }),
      instruction(answer, noSuchCall),
    ]),
    // Above are the numbers of x32, which no usual kernel has.
    instruction(jumpIfAtLeast, firstUnknown, { ifFalse: 1 }),
    instruction(answer, noSuchCall),
    instruction(jumpIfEqual, machine.clone, { ifTrue: 1 }),
    instruction(answer, allow),
    instruction(loadWord, firstArgumentOffset),
    instruction(jumpIfAnyBit, untraced, { ifFalse: 1 }),
    instruction(answer, notPermitted),
    instruction(answer, allow),
  ]);
}

interface Jump {
  /** How many instructions to skip. */
  readonly ifTrue?: number;
  readonly ifFalse?: number;
}

/** One `struct sock_filter`. */
function instruction(code: number, value: number, { ifTrue = 0, ifFalse = 0 }: Jump = {}): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}
