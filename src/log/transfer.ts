import { formatBytes } from "../support/format-bytes.ts";
import type { Logger } from "./logger.ts";

/** What is brought from or to another machine. */
export interface TransferFacts {
  readonly doing: "fetching" | "sending";
  /** For people; without credentials. */
  readonly what: string;
  /** All bytes of it, where that is known already. */
  readonly total?: number | undefined;
  /** Milliseconds of a clock that only goes forward. Default: that of the process. */
  readonly now?: () => number;
}

/** The first line of the log after this many milliseconds, the next ones after twice, four times, ... as long. */
const firstLineMs = 10_000;
/** A terminal shows nothing of what is over sooner. */
const firstStatusMs = 1000;
const statusMs = 200;

/** A transfer that says how far it got: on a terminal all the time, elsewhere in few lines if it takes long. */
export class Transfer {
  readonly #log: Logger;
  readonly #facts: TransferFacts;
  readonly #now: () => number;
  readonly #start: number;
  #total: number | undefined;
  #bytes = 0;
  #nextLine = firstLineMs;
  #nextStatus = firstStatusMs;

  constructor(log: Logger, facts: TransferFacts) {
    this.#log = log;
    this.#facts = facts;
    this.#total = facts.total;
    this.#now = facts.now ?? (() => performance.now());
    this.#start = this.#now();
  }

  /** Says how many bytes there will be in all. */
  expect(total: number | undefined): void {
    this.#total = total;
  }

  /** Says that more bytes have come, or gone. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    const elapsed = this.#now() - this.#start;
    if (this.#log.status === undefined) this.#maySay(elapsed);
    else this.#mayShow(elapsed, this.#log.status);
  }

  /** Takes it from the terminal. */
  end(): void {
    this.#log.status?.(this, undefined);
  }

  #maySay(elapsed: number): void {
    if (elapsed < this.#nextLine) return;
    while (this.#nextLine <= elapsed) this.#nextLine *= 2;
    const { doing, what } = this.#facts;
    this.#log.info(`still ${doing}`, { what, ...this.#figures(elapsed) });
  }

  #mayShow(elapsed: number, status: NonNullable<Logger["status"]>): void {
    if (elapsed < this.#nextStatus) return;
    this.#nextStatus = elapsed + statusMs;
    const { doing, what } = this.#facts;
    const { done, of, rate, remaining } = this.#figures(elapsed);
    const amount = of === undefined ? done : `${done} of ${of}`;
    const end = remaining === undefined ? [] : [`${remaining} left`];
    // Names are long, and the line may be cut.
    status(this, `${[amount, rate, ...end].join(", ")}: ${doing} ${what}`);
  }

  #figures(elapsed: number): Record<"done" | "rate", string> & { of?: string; remaining?: string } {
    const perSecond = (this.#bytes * 1000) / elapsed;
    const known = { done: formatBytes(this.#bytes), rate: `${formatBytes(perSecond)}/s` };
    if (this.#total === undefined || this.#total < this.#bytes) return known;
    const seconds = Math.ceil((this.#total - this.#bytes) / perSecond);
    return { ...known, of: formatBytes(this.#total), remaining: formatSeconds(seconds) };
  }
}

/**
 * Passes a content on, and counts it; the transfer ends with it.
 *
 * @yields its chunks.
 */
export async function* counted(
  content: AsyncIterable<Uint8Array>,
  transfer: Transfer,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of content) {
      transfer.moved(chunk.length);
      yield chunk;
    }
  } finally {
    transfer.end();
  }
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
