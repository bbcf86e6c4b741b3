import { isBuilderError } from "../errors/builder-error.ts";
import { DirectiveParser, type ParserDirective } from "./grammar/directives.ts";
import {
  decodeText,
  LineReader,
  withoutByteOrderMark,
  withoutEnding,
} from "./grammar/line-reader.ts";

/** A `syntax` directive. */
export interface SyntaxDirective {
  /** The frontend's image: the value up to the first space; in JSON all of it. */
  readonly image: string;
  /** The whole value. */
  readonly value: string;
  /** The line that it stands on; in JSON the one before the object. */
  readonly line: number;
}

/**
 * Finds the `syntax` directive of a build file of any kind: behind `#`, behind `//`, or as a
 * property of a JSON object. A first line that begins with `#!` is passed over.
 */
export function detectSyntax(source: string | Uint8Array): SyntaxDirective | undefined {
  const { text, skipped } = withoutShebang(withoutByteOrderMark(decodeText(source)));
  const found = findDirective("syntax", text, "#") ?? findDirective("syntax", text, "//");
  if (found !== undefined) {
    const image = found.value.split(" ", 1)[0] ?? "";
    return { image, value: found.value, line: found.line + skipped };
  }
  const value = findProperty("syntax", text);
  return value === undefined ? undefined : { image: value, value, line: skipped };
}

/** Finds the `check` directive of a Dockerfile. */
export function detectCheck(
  source: string | Uint8Array,
): { readonly value: string; readonly line: number } | undefined {
  const { text, skipped } = withoutShebang(withoutByteOrderMark(decodeText(source)));
  const found = findDirective("check", text, "#");
  return found === undefined ? undefined : { value: found.value, line: found.line + skipped };
}

interface FoundDirective {
  readonly value: string;
  readonly line: number;
}

function withoutShebang(text: string): { text: string; skipped: number } {
  if (!text.startsWith("#!")) return { text, skipped: 0 };
  const newline = text.indexOf("\n");
  return { text: newline < 0 ? "" : text.slice(newline + 1), skipped: 1 };
}

function findDirective(name: string, text: string, comment: string): FoundDirective | undefined {
  const lines = new LineReader(text);
  const parser = new DirectiveParser(comment);
  for (let line = lines.next(); line !== undefined && parser.isOpen; line = lines.next()) {
    const directive = parseLeniently(parser, withoutEnding(line));
    if (directive === "malformed") return undefined;
    if (directive?.name === name) return { value: directive.value, line: lines.count };
  }
  return undefined;
}

/** A directive given twice ends the search; reading the file reports it. */
function parseLeniently(
  parser: DirectiveParser,
  line: string,
): ParserDirective | "malformed" | undefined {
  try {
    return parser.parseLine(line);
  } catch (error) {
    if (isBuilderError(error, "DOCKERFILE_SYNTAX")) return "malformed";
    throw error;
  }
}

function findProperty(name: string, text: string): string | undefined {
  const value = parseObject(text)?.[name];
  return typeof value === "string" ? value.toWellFormed() : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
