import { constants } from "node:os";
import type { ExitStatus } from "../isolation.ts";

/** The last line that proot says before it starts the command, with `-v 1`. */
const preambleEnd = /^proot info: verbose level = 1\n/m;
/** Said in several parts, between which the command may say something. */
const prefix = /proot info: /g;
const end = /pid (\d+): (?:exited with status|(terminated with signal)) (\d+)\n?/g;
const remark = /pid \d+: access to "[^\n]*" \(fd \d+\) won't be translated until closed\n?/g;
const notExecuted = /^proot error: execve\(.*\): (.*)$/m;
const farewell = "fatal error: see `proot --help`.\n";

/** Lines may be longer than that, but are then not proot's. */
const longestHeld = 64 * 1024;

/**
 * Tells what proot says from what its command says, on the standard error that they share. Version
 * 5.1 exits with the status of whatever process of the command ended last, and knows no other way to
 * tell that of the command than its remarks on each.
 */
export class ProotReport {
  #held = "";
  #started = false;
  #complaint = "";
  readonly #ends = new Map<number, ExitStatus>();

  /** Takes what comes next, and returns what of all so far is the command's and complete. */
  read(chunk: Buffer): Buffer {
    this.#held += chunk.toString("latin1");
    if (!this.#started && !this.#skipPreamble()) return Buffer.alloc(0);
    const complete = this.#held.lastIndexOf("\n") + 1;
    const length = this.#held.length - complete > longestHeld ? this.#held.length : complete;
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return this.#take(text);
  }

  /** Returns the rest of the command's output. */
  finish(): Buffer {
    const text = this.#held;
    this.#held = "";
    if (this.#started) return this.#take(text);
    this.#complaint = text;
    return Buffer.alloc(0);
  }

  /** What proot said in place of starting the command; empty where it did. */
  get complaint(): string {
    const lines = this.#complaint.replace(farewell, "").split("\n");
    return lines.filter((line) => line !== "" && !line.startsWith("proot info: ")).join("\n");
  }

  /** Whether anything of the command has ended. */
  get hasEnds(): boolean {
    return this.#ends.size > 0;
  }

  /** How the process `pid` ended, or where that is not known, the first one that proot started. */
  statusOf(pid: number | undefined, proot: number): ExitStatus | undefined {
    if (pid !== undefined) return this.#ends.get(pid);
    // Process ids are given in a circle.
    const age = (started: number): number => (started - proot + maximalPid) % maximalPid;
    const [first] = [...this.#ends.keys()].toSorted((a, b) => age(a) - age(b));
    return first === undefined ? undefined : this.#ends.get(first);
  }

  #skipPreamble(): boolean {
    const found = preambleEnd.exec(this.#held);
    if (found === null) return false;
    this.#held = this.#held.slice(found.index + found[0].length);
    this.#started = true;
    return true;
  }

  #take(text: string): Buffer {
    this.#complaint = notExecuted.exec(text)?.[0] ?? this.#complaint;
    for (const [, pid, signaled, value] of text.matchAll(end)) {
      this.#ends.set(Number(pid), statusFrom(signaled !== undefined, Number(value)));
    }
    const rest = text.replace(prefix, "").replace(remark, "").replace(end, "");
    return Buffer.from(rest, "latin1");
  }
}

const maximalPid = 2 ** 22;

function statusFrom(isSignal: boolean, value: number): ExitStatus {
  if (!isSignal) return { code: value, signal: undefined };
  const [name] = Object.entries(constants.signals).find(([, number]) => number === value) ?? [];
  return { code: undefined, signal: name ?? `signal ${value}` };
}
