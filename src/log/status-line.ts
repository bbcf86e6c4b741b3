/** What a status line is shown on. */
export interface StatusTerminal {
  readonly write: (text: string) => void;
  /** Its width, now. */
  readonly columns: () => number;
}

/** Returns the cursor to the begin of the line, and empties the line (ECMA-48: CR, EL). */
const clear = "\r\u001B[2K";

/** The last line of a terminal: it says what is under way, and stays below all that is written. */
export class StatusLine {
  readonly #terminal: StatusTerminal;
  readonly #texts = new Map<object, string>();

  constructor(terminal: StatusTerminal) {
    this.#terminal = terminal;
  }

  /** Shows a text in place of what `owner` showed before; undefined takes it away. */
  show(owner: object, text: string | undefined): void {
    const wasShown = this.#texts.size > 0;
    if (text === undefined) this.#texts.delete(owner);
    else this.#texts.set(owner, text);
    if (wasShown || this.#texts.size > 0) this.#terminal.write(clear + this.#line());
  }

  /** Writes whole lines, which move the status line down. */
  write(text: string): void {
    this.#terminal.write(this.#texts.size === 0 ? text : clear + text + this.#line());
  }

  /** All texts, as far as there is room. A terminal would break a full line. */
  #line(): string {
    const room = Math.max(this.#terminal.columns() - 1, 0);
    const characters = Array.from([...this.#texts.values()].join(" | "));
    return characters.length <= room ? characters.join("") : characters.slice(0, room).join("");
  }
}
