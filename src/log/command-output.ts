import type { LogDestination } from "./create-logger.ts";
import type { LogFormat } from "./levels.ts";

/** Where the output of one command goes. */
export interface CommandOutput {
  write(chunk: Uint8Array, stream: "stdout" | "stderr"): void;
  /** Writes out what does not end in a newline. */
  end(): void;
}

export interface CommandOutputOptions {
  readonly format: LogFormat;
  readonly destination: LogDestination;
}

const newline = 0x0a;
/** A line longer than this many bytes is broken, so that memory does not grow with it. */
const maxLineBytes = 64 * 1024;

/**
 * Makes the function that opens the output of a command: its lines as they are, each after
 * `[label] `, or one JSON object per line. Lines of commands that run at the same time never mix.
 */
export function createCommandOutput(
  options: CommandOutputOptions,
): (label: string) => CommandOutput {
  const { destination } = options;
  return (label) => {
    const emit = (line: Buffer, stream: string): void => {
      const text = line.toString("utf8");
      destination.write(
        options.format === "json"
          ? `${JSON.stringify({ level: "info", time: new Date().toISOString(), step: label, stream, output: text })}\n`
          : `[${label}] ${text}\n`,
      );
    };
    const streams = { stdout: splitLines(emit, "stdout"), stderr: splitLines(emit, "stderr") };
    return {
      write: (chunk, stream) => streams[stream].write(chunk),
      end: () => {
        streams.stdout.end();
        streams.stderr.end();
      },
    };
  };
}

/** Cuts a stream of bytes into lines without their newline. */
function splitLines(
  emit: (line: Buffer, stream: string) => void,
  stream: string,
): { write(chunk: Uint8Array): void; end(): void } {
  let rest: Buffer = Buffer.alloc(0);
  return {
    write(chunk) {
      rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      for (;;) {
        const end = rest.indexOf(newline);
        const length = end < 0 && rest.length >= maxLineBytes ? maxLineBytes : end;
        if (length < 0) return;
        emit(rest.subarray(0, length), stream);
        rest = rest.subarray(end < 0 ? length : length + 1);
      }
    },
    end() {
      if (rest.length > 0) emit(rest, stream);
      rest = Buffer.alloc(0);
    },
  };
}
