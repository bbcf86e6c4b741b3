const longestLine = 65_536;

/**
 * Hands out the physical lines of a text one by one, endings included. A line of more than 65,536
 * bytes, its ending counted, ends the text; so does a last line of 65,536 bytes without an ending.
 */
export class LineReader {
  /** How many lines were handed out so far. */
  count = 0;
  /** Whether the text ended early, at an over-long line. */
  tooLong = false;
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line, or undefined at the end. */
  next(): string | undefined {
    if (this.tooLong || this.#position >= this.#text.length) return undefined;
    const newline = this.#text.indexOf("\n", this.#position);
    const end = newline < 0 ? this.#text.length : newline + 1;
    const line = this.#text.slice(this.#position, end);
    if (isTooLong(line, newline < 0)) {
      this.tooLong = true;
      return undefined;
    }
    this.#position = end;
    this.count++;
    return line;
  }
}

function isTooLong(line: string, isLast: boolean): boolean {
  if (line.length * 3 < longestLine) return false;
  return Buffer.byteLength(line) + (isLast ? 1 : 0) > longestLine;
}

/** Returns `line` without its ending: all carriage returns and line feeds at its end. */
export function withoutEnding(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === "\n" || line[end - 1] === "\r")) end--;
  return line.slice(0, end);
}

/** Decodes a file's bytes as UTF-8, the byte order mark kept. */
export function decodeText(text: string | Uint8Array): string {
  return typeof text === "string"
    ? text
    : new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
}

/** Returns `text` without a byte order mark at its start. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
