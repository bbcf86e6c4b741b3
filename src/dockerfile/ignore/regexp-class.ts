import { readEscape } from "./regexp-escape.ts";
import type { CharacterTest } from "./regexp-syntax.ts";

/** A bracket expression and where it ends. */
export interface CharacterClass {
  readonly test: CharacterTest;
  readonly end: number;
}

const named: Readonly<Record<string, RegExp>> = {
  alnum: /^[0-9A-Za-z]$/,
  alpha: /^[A-Za-z]$/,
  ascii: /^\p{ASCII}$/u,
  blank: /^[\t ]$/,
  cntrl: /^(?=\p{Cc})\p{ASCII}$/u,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  lower: /^[a-z]$/,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[\t\n\v\f\r ]$/,
  upper: /^[A-Z]$/,
  word: /^[0-9A-Za-z_]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};
const namedShape = /\[:(\^?)([^\]]*?):\]/y;

/**
 * Reads the bracket expression at `position` of a regular expression in Go's syntax (RE2). A `]`
 * that comes first is a member.
 * @returns undefined if it is malformed
 */
export function readClass(source: string, position: number): CharacterClass | undefined {
  const negated = source[position + 1] === "^";
  const start = position + (negated ? 2 : 1);
  const members: CharacterTest[] = [];
  let at = start;
  while (source[at] !== "]" || at === start) {
    const member = readNamed(source, at) ?? readRange(source, at);
    if (member === undefined || member === "unknown") return undefined;
    members.push(member.test);
    at = member.end;
  }
  return {
    test: (character) => members.some((member) => member(character)) !== negated,
    end: at + 1,
  };
}

function readNamed(source: string, position: number): CharacterClass | "unknown" | undefined {
  namedShape.lastIndex = position;
  const match = namedShape.exec(source);
  if (match === null) return undefined;
  const name = match[2] ?? "";
  const members = Object.hasOwn(named, name) ? named[name] : undefined;
  if (members === undefined) return "unknown";
  const negated = match[1] === "^";
  return {
    test: (character) => members.test(character) !== negated,
    end: position + match[0].length,
  };
}

function readRange(source: string, position: number): CharacterClass | undefined {
  const low = readMember(source, position);
  if (low === undefined || "test" in low) return low;
  const isRange = source[low.end] === "-" && source[low.end + 1] !== "]";
  if (!isRange || low.end + 1 >= source.length) return single(low);
  const high = readMember(source, low.end + 1);
  if (high === undefined || "test" in high || high.code < low.code) return undefined;
  const test = (character: string): boolean => {
    const code = character.codePointAt(0) ?? -1;
    return low.code <= code && code <= high.code;
  };
  return { test, end: high.end };
}

interface Member {
  readonly code: number;
  readonly end: number;
}

function single({ code, end }: Member): CharacterClass {
  return { test: (character) => character.codePointAt(0) === code, end };
}

function readMember(source: string, position: number): CharacterClass | Member | undefined {
  const code = source.codePointAt(position);
  if (code === undefined) return undefined;
  if (source[position] !== "\\") return { code, end: position + (code > 0xffff ? 2 : 1) };
  const escape = readEscape(source, position);
  if (escape === undefined) return undefined;
  if (escape.kind === "set") return { test: escape.test, end: escape.end };
  return { code: escape.character.codePointAt(0) ?? 0, end: escape.end };
}
