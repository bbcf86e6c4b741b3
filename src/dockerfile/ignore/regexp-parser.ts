import { readClass } from "./regexp-class.ts";
import { readEscape } from "./regexp-escape.ts";
import type { Anchor, RegexpNode } from "./regexp-syntax.ts";

/**
 * Parses a regular expression in the part of Go's syntax (RE2) that ignore patterns can bring
 * forth: characters, classes, escapes, anchors, alternation, repetition, and groups.
 * @returns undefined if it is malformed
 */
export function parseRegexp(source: string): RegexpNode | undefined {
  return new RegexpParser(source).parse();
}

const mostRepeats = 1000;
const repeatShape = /\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}/y;
const simpleRepeats: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1],
};
const escapedAnchors: Readonly<Record<string, Anchor>> = {
  A: "start",
  z: "end",
  b: "boundary",
  B: "no-boundary",
};

class RegexpParser {
  readonly #source: string;
  #position = 0;
  #malformed = false;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): RegexpNode | undefined {
    const node = this.#parseChoice();
    return this.#malformed || this.#position < this.#source.length ? undefined : node;
  }

  #parseChoice(): RegexpNode {
    const options = [this.#parseSequence()];
    while (this.#source[this.#position] === "|") {
      this.#position++;
      options.push(this.#parseSequence());
    }
    return { kind: "choice", options };
  }

  #parseSequence(): RegexpNode {
    const items: RegexpNode[] = [];
    let isRepeated = false;
    while (!this.#malformed && this.#position < this.#source.length) {
      const character = this.#source.charAt(this.#position);
      if (character === "|" || character === ")") break;
      const repeat = this.#readRepeat();
      if (repeat === undefined) {
        items.push(...this.#parseItems(character));
        isRepeated = false;
        continue;
      }
      const item = items.pop();
      // A repetition of a repetition is malformed, unlike one of a group that holds one.
      if (item === undefined || isRepeated) this.#malformed = true;
      else items.push({ kind: "repeat", item, least: repeat[0], most: repeat[1] });
      isRepeated = true;
    }
    return { kind: "sequence", items };
  }

  #readRepeat(): readonly [number, number] | undefined {
    const simple = simpleRepeats[this.#source.charAt(this.#position)];
    if (simple !== undefined) {
      this.#position++;
      return simple;
    }
    repeatShape.lastIndex = this.#position;
    const match = repeatShape.exec(this.#source);
    if (match === null) return undefined;
    const least = Number(match[1]);
    const most = Number(match[3] ?? (match[2] === undefined ? least : Number.POSITIVE_INFINITY));
    const largest = most === Number.POSITIVE_INFINITY ? least : most;
    if (least > largest || largest > mostRepeats) this.#malformed = true;
    this.#position += match[0].length;
    return [least, most];
  }

  #parseItems(character: string): RegexpNode[] {
    switch (character) {
      case "(":
        return [this.#parseGroup()];
      case "[":
        return this.#parseClass();
      case "\\":
        return this.#parseEscape();
      case "^":
        return this.#anchor("start", 1);
      case "$":
        return this.#anchor("end", 1);
      case ".":
        this.#position++;
        return [{ kind: "character", test: (other) => other !== "\n" }];
      default:
        return [this.#parseLiteral()];
    }
  }

  #parseGroup(): RegexpNode {
    this.#position++;
    const node = this.#parseChoice();
    if (this.#source[this.#position] !== ")") this.#malformed = true;
    this.#position++;
    return node;
  }

  #parseClass(): RegexpNode[] {
    const found = readClass(this.#source, this.#position);
    if (found === undefined) return this.#fail();
    this.#position = found.end;
    return [{ kind: "character", test: found.test }];
  }

  #parseEscape(): RegexpNode[] {
    const letter = this.#source.charAt(this.#position + 1);
    if (letter === "Q") return this.#parseQuoted();
    const anchor = escapedAnchors[letter];
    if (anchor !== undefined) return this.#anchor(anchor, 2);
    const escape = readEscape(this.#source, this.#position);
    if (escape === undefined) return this.#fail();
    this.#position = escape.end;
    return [escape.kind === "set" ? { ...escape, kind: "character" } : literal(escape.character)];
  }

  /** Everything between `\Q` and `\E`, or the end, is literal. */
  #parseQuoted(): RegexpNode[] {
    const start = this.#position + 2;
    const close = this.#source.indexOf("\\E", start);
    const end = close < 0 ? this.#source.length : close;
    this.#position = close < 0 ? end : end + 2;
    return Array.from(this.#source.slice(start, end), literal);
  }

  #parseLiteral(): RegexpNode {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#position) ?? 0);
    this.#position += character.length;
    return literal(character);
  }

  #anchor(anchor: Anchor, length: number): RegexpNode[] {
    this.#position += length;
    return [{ kind: "anchor", anchor }];
  }

  #fail(): RegexpNode[] {
    this.#malformed = true;
    return [];
  }
}

function literal(character: string): RegexpNode {
  return { kind: "character", test: (other) => other === character };
}
