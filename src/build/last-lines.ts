/** Keeps the end of what a command prints, for the error that may follow. */
export class LastLines {
  readonly #limitBytes: number;
  #kept = Buffer.alloc(0);

  constructor(limitBytes = 4096) {
    this.#limitBytes = limitBytes;
  }

  add(chunk: Uint8Array): void {
    const all = Buffer.concat([this.#kept, chunk]);
    this.#kept = all.subarray(Math.max(0, all.length - this.#limitBytes));
  }

  /** At most the last ten lines; the first may be cut. */
  get lines(): readonly string[] {
    const text = this.#kept.toString("utf8").trimEnd();
    return text === "" ? [] : text.split("\n").slice(-10);
  }
}
