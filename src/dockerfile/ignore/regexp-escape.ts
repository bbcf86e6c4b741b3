import type { CharacterTest } from "./regexp-syntax.ts";

/** What an escape sequence means: one character, or a set of them. */
export type Escape =
  | { readonly kind: "character"; readonly character: string; readonly end: number }
  | { readonly kind: "set"; readonly test: CharacterTest; readonly end: number };

const controls: Readonly<Record<string, string>> = {
  a: "\u0007",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const sets: Readonly<Record<string, RegExp>> = {
  d: /^[0-9]$/,
  s: /^[\t\n\f\r ]$/,
  w: /^[0-9A-Za-z_]$/,
};
const property = /\\([pP])(?:\{(\^?)([^}]*)\}|(.))/suy;
const hexadecimal = /\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/y;
const octal = /\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y;
const neitherLetterNorDigit = /^(?![0-9A-Za-z])\p{ASCII}$/u;

/**
 * Reads the escape sequence at `position` of a regular expression in Go's syntax (RE2): Perl's
 * classes, Unicode properties, control characters, code points, and punctuation.
 * @returns undefined for any other
 */
export function readEscape(source: string, position: number): Escape | undefined {
  const letter = source.charAt(position + 1);
  const end = position + 2;
  const set = sets[letter.toLowerCase()];
  if (set !== undefined) {
    const negated = letter !== letter.toLowerCase();
    return { kind: "set", test: (character) => set.test(character) !== negated, end };
  }
  if (letter === "p" || letter === "P") return readProperty(source, position);
  const control = controls[letter];
  if (control !== undefined) return { kind: "character", character: control, end };
  if (neitherLetterNorDigit.test(letter)) return { kind: "character", character: letter, end };
  return readCodePoint(source, position);
}

function readCodePoint(source: string, position: number): Escape | undefined {
  for (const [shape, base] of [
    [hexadecimal, 16],
    [octal, 8],
  ] as const) {
    shape.lastIndex = position;
    const match = shape.exec(source);
    const code = Number.parseInt(match?.[1] ?? match?.[2] ?? "", base);
    if (match === null || !(code <= 0x10ffff)) continue;
    const character = String.fromCodePoint(code);
    return { kind: "character", character, end: position + match[0].length };
  }
  return undefined;
}

function readProperty(source: string, position: number): Escape | undefined {
  property.lastIndex = position;
  const match = property.exec(source);
  const name = match?.[3] ?? match?.[4];
  if (match === null || name === undefined) return undefined;
  const members = findProperty(name);
  if (members === undefined) return undefined;
  const negated = (match[1] === "P") !== (match[2] === "^");
  const end = position + match[0].length;
  return { kind: "set", test: (character) => members.test(character) !== negated, end };
}

/** A general category or a script; Go knows no other properties. */
function findProperty(name: string): RegExp | undefined {
  if (!/^[A-Za-z_]+$/.test(name)) return undefined;
  for (const key of [`General_Category=${name}`, `Script=${name}`, name]) {
    if (key === name && name !== "Any") continue;
    try {
      return new RegExp(`^\\p{${key}}$`, "u");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
