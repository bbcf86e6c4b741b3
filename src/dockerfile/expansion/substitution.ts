import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { findGlob, type GlobElement, parseGlob } from "./glob.ts";

const longestText = 1 << 24;
const longestSearch = 1 << 28;

/** A part of a value to be cut off. */
export interface Trim {
  readonly side: "prefix" | "suffix";
  readonly longest: boolean;
}

/**
 * `${value#glob}`, `##`, `%` and `%%`: `value` without the part that `glob` matches.
 * @throws DOCKERFILE_SYNTAX for a malformed pattern
 */
export function trimMatch(value: string, glob: string, trim: Trim): string {
  const elements = parseGlob(glob);
  const characters = Array.from(value);
  // The shortest suffix is found from the end: reversed, it is a prefix.
  const reversed = trim.side === "suffix";
  const [pattern, text] = reversed
    ? [elements.toReversed(), characters.toReversed()]
    : [elements, characters];
  const search = { from: 0, anchored: true, shortest: !trim.longest };
  const kept = text.slice(find(pattern, text, search)?.end ?? 0);
  return (reversed ? kept.toReversed() : kept).join("");
}

/**
 * `${value/pattern/replacement}`: `value` with the first match replaced by the plain text.
 * @throws DOCKERFILE_SYNTAX for a malformed pattern
 */
export function replaceFirst(value: string, pattern: string, replacement: string): string {
  const elements = parseGlob(pattern);
  const characters = Array.from(value);
  const match = find(elements, characters, { from: 0, anchored: false, shortest: false });
  if (match === undefined) return value;
  const before = characters.slice(0, match.start).join("");
  return limited(before + replacement + characters.slice(match.end).join(""));
}

/**
 * `${value//pattern/template}`: `value` with every match replaced. In the template `$0` and `${0}`
 * are the match, other such names are empty, and `$$` is a dollar sign.
 * @throws DOCKERFILE_SYNTAX for a malformed pattern
 */
export function replaceAll(value: string, pattern: string, template: string): string {
  const elements = parseGlob(pattern);
  const characters = Array.from(value);
  let result = "";
  let copied = 0;
  for (let from = 0; from <= characters.length; ) {
    const match = find(elements, characters, { from, anchored: false, shortest: false });
    if (match === undefined) break;
    result += characters.slice(copied, match.start).join("");
    // An empty match right behind another match does not count.
    if (match.end > copied || match.start === 0) {
      result += expandTemplate(template, characters.slice(match.start, match.end).join(""));
    }
    limited(result);
    copied = match.end;
    from = Math.max(match.end, from + 1);
  }
  return limited(result + characters.slice(copied).join(""));
}

/**
 * Returns `text` if its length is bearable.
 * @throws DOCKERFILE_INVALID if it has more than 16 Mi characters
 */
export function limited(text: string): string {
  if (text.length <= longestText) return text;
  throw new DockerfileError("DOCKERFILE_INVALID", "the expanded text is longer than 16 MiB");
}

function find(
  pattern: readonly GlobElement[],
  text: readonly string[],
  search: Parameters<typeof findGlob>[2],
): ReturnType<typeof findGlob> {
  if (pattern.length * text.length > longestSearch) {
    throw new DockerfileError("DOCKERFILE_INVALID", "the pattern is too long for this value");
  }
  // The reference's scanner drops a byte order mark at the start.
  const first = pattern[0];
  const marked = first?.kind === "literal" && first.character === "\uFEFF";
  return findGlob(marked ? pattern.slice(1) : pattern, text, search);
}

function expandTemplate(template: string, match: string): string {
  return template.replace(/\$(?:\$|[\p{L}\p{Nd}_]+|\{[\p{L}\p{Nd}_]+\})/gu, (reference) => {
    if (reference === "$$") return "$";
    return reference === "$0" || reference === "${0}" ? match : "";
  });
}
