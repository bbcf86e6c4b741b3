import { splitSpace } from "../white-space.ts";

/** Gathers the words of a text while it is expanded. */
export class WordSplitter {
  readonly words: string[] = [];
  #word = "";

  /** Adds text whose white space ends words. */
  addSplit(text: string): void {
    for (const [index, part] of splitSpace(text).entries()) {
      if (index > 0) this.#end();
      this.#word += part;
    }
  }

  /** Adds text that belongs to the current word whatever it holds. */
  addWhole(text: string): void {
    this.#word += text;
  }

  /** Drops what was gathered of the current word. */
  dropWord(): void {
    this.#word = "";
  }

  /** Ends the last word and returns all; empty words do not count. */
  finish(): string[] {
    this.#end();
    return this.words;
  }

  #end(): void {
    if (this.#word !== "") this.words.push(this.#word);
    this.#word = "";
  }
}
