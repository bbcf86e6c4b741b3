import type { SourceLocation } from "../../errors/source-location.ts";
import type { DockerfileWarning, Heredoc } from "../instruction.ts";
import { syntaxError, withLocation } from "../syntax-error.ts";
import { trimSpace, trimSpaceStart } from "../white-space.ts";
import { DirectiveParser } from "./directives.ts";
import { findHeredocs, type HeredocWord } from "./heredocs.ts";
import { LineReader, withoutByteOrderMark, withoutEnding } from "./line-reader.ts";
import { readStatementText, type Statement, type StatementText } from "./statement.ts";

/** A Dockerfile's statements. */
export interface Statements {
  readonly escape: "\\" | "`";
  readonly statements: readonly Statement[];
  readonly warnings: readonly DockerfileWarning[];
}

/**
 * Splits a Dockerfile into statements: joins continued lines, drops comments, takes heredoc bodies.
 * @throws DOCKERFILE_SYNTAX with the line where the text breaks the grammar; as in the reference,
 * errors of directives and of over-long lines stand one line before
 */
export function readStatements(text: string, file: string): Statements {
  return new StatementReader(text, file).read();
}

class StatementReader {
  readonly #file: string;
  readonly #lines: LineReader;
  readonly #directives = new DirectiveParser("#");
  readonly #statements: Statement[] = [];
  readonly #warnings: DockerfileWarning[] = [];
  #escape: "\\" | "`" = "\\";
  #comments: string[] = [];

  constructor(text: string, file: string) {
    this.#file = file;
    this.#lines = new LineReader(withoutByteOrderMark(text));
  }

  read(): Statements {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const kept = trimSpaceStart(withoutEnding(line));
      if (this.#takeDirective(kept)) continue;
      if (kept.startsWith("#")) this.#takeComment(line);
      else if (kept !== "") this.#takeStatement(kept);
    }
    if (this.#statements.length === 0) this.#fail("file with no instructions");
    if (this.#lines.tooLong) this.#fail("dockerfile line greater than max allowed size of 65535");
    return { escape: this.#escape, statements: this.#statements, warnings: this.#warnings };
  }

  #fail(message: string): never {
    throw syntaxError(message, this.#locate(this.#lines.count));
  }

  #locate(firstLine: number): SourceLocation {
    return { file: this.#file, firstLine, lastLine: Math.max(firstLine, this.#lines.count) };
  }

  #takeDirective(line: string): boolean {
    const lineBefore = this.#lines.count - 1;
    const location = { file: this.#file, firstLine: lineBefore, lastLine: lineBefore };
    return withLocation(location, () => {
      const directive = this.#directives.parseLine(line);
      if (directive?.name === "escape") this.#escape = parseEscape(directive.value);
      return directive !== undefined;
    });
  }

  #takeComment(line: string): void {
    // With blanks before the `#` the reference cuts off the first of them, not the `#`.
    const comment = trimSpace(line.slice(1));
    if (comment === "") this.#comments = [];
    else this.#comments.push(comment);
  }

  #takeStatement(line: string): void {
    const firstLine = this.#lines.count;
    const text = this.#joinLines(line);
    const location = this.#locate(firstLine);
    const statement = withLocation(location, () => readStatementText(text, this.#escape));
    const words = mayHaveHeredocs(statement)
      ? withLocation(location, () => findHeredocs(text))
      : [];
    const heredocs = words.map((word) => this.#readHeredoc(word, firstLine));
    const comments = this.#comments;
    this.#comments = [];
    this.#statements.push({ ...statement, heredocs, comments, location: this.#locate(firstLine) });
  }

  /** Joins `first` with the lines that continue it; comments among them and blank lines are dropped. */
  #joinLines(first: string): string {
    let { text, continues } = splitContinuation(first, this.#escape);
    let hasBlankLine = false;
    while (continues) {
      const line = this.#lines.next();
      if (line === undefined) break;
      const kept = trimSpaceStart(line);
      if (kept === "") hasBlankLine = true;
      if (kept === "" || kept.startsWith("#")) continue;
      const part = splitContinuation(withoutEnding(line), this.#escape);
      text += part.text;
      continues = part.continues;
    }
    if (hasBlankLine) {
      const location = this.#locate(this.#lines.count);
      this.#warnings.push({ message: `Empty continuation line found in: ${text}`, location });
    }
    return text;
  }

  #readHeredoc(word: HeredocWord, firstLine: number): Heredoc {
    let data = "";
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const last = withoutEnding(line);
      if ((word.chomp ? last.replace(/^\t+/, "") : last) === word.name) return { ...word, data };
      data += line;
    }
    throw syntaxError("unterminated heredoc", this.#locate(firstLine));
  }
}

function parseEscape(value: string): "\\" | "`" {
  if (value === "\\" || value === "`") return value;
  throw syntaxError(`invalid escape token '${value}' does not match \` or \\`);
}

/** A line continues if it ends with one escape character; two of them are a literal one. */
function splitContinuation(line: string, escape: string): { text: string; continues: boolean } {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end--;
  const continues = line[end - 1] === escape && line[end - 2] !== escape;
  return { text: continues ? line.slice(0, end - 1) : line, continues };
}

/** Only RUN, COPY and ADD take heredocs, also behind ONBUILD, and not in JSON form. */
function mayHaveHeredocs({ keyword, words, json }: StatementText): boolean {
  const outer = keyword.toUpperCase();
  const inner = outer === "ONBUILD" ? words[0]?.toUpperCase() : outer;
  return !json && (inner === "RUN" || inner === "COPY" || inner === "ADD");
}
