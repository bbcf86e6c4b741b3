import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { errnoOf } from "../../errors/filesystem-error.ts";
import { restrictFiles, type VisibleFiles } from "../../rootfs/landlock.ts";
import { forbidNewPrivileges, setSystemCallFilter } from "../../rootfs/posix-restrict.ts";
import { startPiped } from "../piped-program.ts";

/** A program to be started with less rights than this process has. */
export interface ConfinedProgram {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path. */
  readonly cwd: string;
  /** The only files that it may open; all where absent. */
  readonly files: VisibleFiles | undefined;
  /** See `setSystemCallFilter`. */
  readonly filter: Uint8Array | undefined;
}

/** What the thread tells of the program: that it started, its outputs, and at last one of the others. */
export type ConfinedMessage =
  | { readonly kind: "started"; readonly pid: number }
  | {
      readonly kind: "output";
      readonly stream: "stdout" | "stderr";
      readonly chunk: Uint8Array;
    }
  | { readonly kind: "ended"; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: "failed"; readonly errno: string | undefined; readonly message: string };

/** The data of a worker thread that is to do this. */
export interface ConfinedThreadData {
  readonly confinedProgram: ConfinedProgram;
}

/** The file to start the thread with: this one, or the bundle that it is part of. */
export const confinedThreadFile = new URL(import.meta.url);

/**
 * Restrictions of a thread are for good, and inherited by what it starts: so each program gets a
 * thread of its own.
 */
function startConfined(program: ConfinedProgram, tell: (message: ConfinedMessage) => void): void {
  try {
    forbidNewPrivileges();
    if (program.files !== undefined) restrictFiles(program.files);
    if (program.filter !== undefined) setSystemCallFilter(Buffer.from(program.filter));
    const { child, closed } = startPiped(program.program, program.args, {
      env: { ...program.env },
      cwd: program.cwd,
      output: (chunk, stream) => tell({ kind: "output", stream, chunk }),
    });
    if (child.pid !== undefined) tell({ kind: "started", pid: child.pid });
    closed.then(
      ({ code, signal }) => tell({ kind: "ended", code, signal }),
      (error: unknown) => tell(failure(error)),
    );
  } catch (error) {
    tell(failure(error));
  }
}

function failure(error: unknown): ConfinedMessage {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", errno: errnoOf(error), message };
}

const data = workerData as Partial<ConfinedThreadData> | null;
if (!isMainThread && data?.confinedProgram !== undefined) {
  startConfined(data.confinedProgram, (message) => parentPort?.postMessage(message, []));
}
