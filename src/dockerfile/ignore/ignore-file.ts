import { decodeText, LineReader, withoutByteOrderMark } from "../grammar/line-reader.ts";
import { syntaxError } from "../syntax-error.ts";
import { trimSpace } from "../white-space.ts";
import { cleanPath } from "./clean-path.ts";

/**
 * Reads an ignore file (`.dockerignore`): one pattern a line, relative to the context, `!` before
 * those that take back what was ignored. Lines that begin with `#` are comments.
 * @throws DOCKERFILE_SYNTAX for a line of more than 65,535 bytes
 */
export function parseIgnoreFile(source: string | Uint8Array): string[] {
  const patterns: string[] = [];
  const lines = new LineReader(withoutByteOrderMark(decodeText(source)));
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const text = line.startsWith("#") ? "" : trimSpace(line);
    if (text === "") continue;
    patterns.push(
      text.startsWith("!") ? `!${normalize(trimSpace(text.slice(1)))}` : normalize(text),
    );
  }
  if (lines.tooLong) {
    throw syntaxError(`line ${lines.count + 1} of the ignore file is longer than 65535 bytes`);
  }
  return patterns;
}

function normalize(pattern: string): string {
  if (pattern === "") return "";
  const clean = cleanPath(pattern);
  return clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
}
