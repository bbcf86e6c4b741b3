import { syntaxError } from "../syntax-error.ts";
import { trimSpaceStart } from "../white-space.ts";

const known = new Set(["syntax", "escape", "check"]);
const assignment = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=/;
const blank = /^[\t\n\f\r ]$/;

/** A parser directive: `# name=value` before anything else in the file. */
export interface ParserDirective {
  readonly name: string;
  readonly value: string;
}

/**
 * Recognises parser directives in the lines of a file, which are given to it in order. The first
 * line that is not one ends the directives for good.
 */
export class DirectiveParser {
  readonly #comment: string;
  readonly #seen = new Set<string>();
  #done = false;

  /** `comment` is what a directive's line begins with. */
  constructor(comment: string) {
    this.#comment = comment;
  }

  /** Whether directives are still possible. */
  get isOpen(): boolean {
    return !this.#done;
  }

  /**
   * The directive that `line`, without its ending, holds, if any.
   * @throws DOCKERFILE_SYNTAX if that directive was given before
   */
  parseLine(line: string): ParserDirective | undefined {
    if (this.#done) return undefined;
    const directive = this.#read(line);
    if (directive === undefined) {
      this.#done = true;
      return undefined;
    }
    if (this.#seen.has(directive.name)) {
      throw syntaxError(`only one ${directive.name} parser directive can be used`);
    }
    this.#seen.add(directive.name);
    return directive;
  }

  #read(line: string): ParserDirective | undefined {
    if (!line.startsWith(this.#comment)) return undefined;
    const text = trimSpaceStart(line.slice(this.#comment.length));
    const match = assignment.exec(text);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || !known.has(name)) return undefined;
    const value = trimValue(text.slice(match[0].length));
    return value === "" ? undefined : { name, value };
  }
}

/** A value of blanks only is its last blank: the grammar asks for one character at least. */
function trimValue(text: string): string {
  let start = 0;
  let end = text.length;
  while (end > start && blank.test(text.charAt(end - 1))) end--;
  if (end === 0) return text.slice(-1);
  while (start < end && blank.test(text.charAt(start))) start++;
  return text.slice(start, end);
}
