import { syntaxError } from "../syntax-error.ts";
import type { Environment } from "./environment.ts";
import { applyModifier, isModifier, unsupported } from "./modifiers.ts";
import { limited, replaceAll, replaceFirst } from "./substitution.ts";
import { WordSplitter } from "./word-splitter.ts";

/** How a word is to be expanded. */
export interface ExpandOptions {
  /** The escape character in force; a backslash where absent. */
  readonly escape?: string;
  /** Keep quote characters. */
  readonly keepQuotes?: boolean;
  /** Keep escape characters. */
  readonly keepEscapes?: boolean;
  /** Take quotes for ordinary characters. */
  readonly ignoreQuotes?: boolean;
  /** Leave references to variables that are not set as they are. */
  readonly keepUnset?: boolean;
}

/** The result of an expansion. */
export interface Expansion {
  /** The whole text as one word. */
  readonly text: string;
  /** The text split at white space outside of quotes, that of variables' values included. */
  readonly words: readonly string[];
  /** Names that were looked up and found. */
  readonly matched: ReadonlySet<string>;
  /** Names that were looked up and not found. */
  readonly unmatched: ReadonlySet<string>;
}

const deepestNesting = 200;
const letter = /^\p{L}$/u;
const digit = /^\p{Nd}$/u;
const specialParameters = "@*#?-$!0";
// What a character that is missing at the end of the text looks like in a message.
const missing = "\uFFFD";

/** Reads one word from its start to its end, expanding as it goes; see `expandWord`. */
export class Expander {
  readonly #characters: readonly string[];
  readonly #environment: Environment;
  readonly #options: ExpandOptions;
  readonly #escape: string;
  readonly #matched = new Set<string>();
  readonly #unmatched = new Set<string>();
  // A nested operand drops what the word around it has gathered so far: the reference does so,
  // and heredocs and ports are found by these words.
  #words = new WordSplitter();
  #position = 0;
  #depth = 0;
  #keepEscapes: boolean;

  constructor(word: string, environment: Environment, options: ExpandOptions) {
    this.#characters = Array.from(word.startsWith("\uFEFF") ? word.slice(1) : word);
    this.#environment = environment;
    this.#options = options;
    this.#escape = options.escape ?? "\\";
    this.#keepEscapes = options.keepEscapes ?? false;
  }

  run(): Expansion {
    const text = this.#readUntil(undefined);
    const words = this.#words.finish();
    return { text, words, matched: this.#matched, unmatched: this.#unmatched };
  }

  #peek(): string | undefined {
    return this.#characters[this.#position];
  }

  #next(): string | undefined {
    const character = this.#characters[this.#position];
    if (character !== undefined) this.#position++;
    return character;
  }

  /** Reads up to `stop`, which is consumed, or to the end of the text. */
  #readUntil(stop: string | undefined): string {
    let result = "";
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (next === stop) {
        this.#position++;
        return result;
      }
      result = limited(result + this.#readElement(next));
    }
    if (stop !== undefined) {
      throw syntaxError(`unexpected end of statement while looking for matching ${stop}`);
    }
    return result;
  }

  #readElement(next: string): string {
    if (next === "$") return this.#split(this.#readDollar());
    if (next === "<") return this.#whole(this.#readAngle());
    if (this.#options.ignoreQuotes !== true) {
      if (next === "'") return this.#whole(this.#readSingleQuotes());
      if (next === '"') return this.#whole(this.#readDoubleQuotes());
    }
    this.#position++;
    if (next !== this.#escape) return this.#split(next);
    return this.#whole((this.#keepEscapes ? next : "") + (this.#next() ?? ""));
  }

  #split(text: string): string {
    this.#words.addSplit(text);
    return text;
  }

  #whole(text: string): string {
    this.#words.addWhole(text);
    return text;
  }

  /** `<<` takes the blanks after it into its word: a heredoc may be written with them. */
  #readAngle(): string {
    this.#position++;
    if (this.#peek() !== "<") return "<";
    this.#position++;
    let blanks = "";
    for (
      let next = this.#peek();
      next !== undefined && " \t\r".includes(next);
      next = this.#peek()
    ) {
      blanks += next;
      this.#position++;
    }
    return `<<${blanks}`;
  }

  #readSingleQuotes(): string {
    this.#position++;
    const end = this.#characters.indexOf("'", this.#position);
    if (end < 0) {
      this.#position = this.#characters.length;
      throw syntaxError("unexpected end of statement while looking for matching single-quote");
    }
    const text = this.#characters.slice(this.#position, end).join("");
    this.#position = end + 1;
    return this.#options.keepQuotes === true ? `'${text}'` : text;
  }

  #readDoubleQuotes(): string {
    this.#position++;
    let text = "";
    for (let next = this.#peek(); next !== '"'; next = this.#peek()) {
      if (next === undefined) {
        throw syntaxError("unexpected end of statement while looking for matching double-quote");
      }
      text = limited(text + (next === "$" ? this.#readDollar() : this.#readQuotedCharacter(next)));
    }
    this.#position++;
    return this.#options.keepQuotes === true ? `"${text}"` : text;
  }

  #readQuotedCharacter(character: string): string {
    this.#position++;
    if (character !== this.#escape) return character;
    const kept = this.#keepEscapes ? character : "";
    const next = this.#peek();
    if (next === undefined) return kept;
    if (next !== '"' && next !== "$" && next !== this.#escape) return kept + character;
    this.#position++;
    return kept + next;
  }

  #readDollar(): string {
    this.#position++;
    if (this.#peek() !== "{") return this.#expandPlain(this.#readName());
    this.#position++;
    const next = this.#peek();
    if (next === undefined) throw syntaxError("syntax error: missing '}'");
    if ("{}:".includes(next)) throw syntaxError("syntax error: bad substitution");
    const name = this.#readName();
    const modifier = this.#next() ?? missing;
    if (modifier === "}") return this.#lookUp(name) ?? this.#unset(`\${${name}}`);
    if (modifier === "/") return this.#expandReplacement(name);
    return this.#expandModified(
      name,
      modifier === ":" ? modifier + (this.#next() ?? missing) : modifier,
    );
  }

  #expandPlain(name: string): string {
    if (name === "") return "$";
    return this.#lookUp(name) ?? this.#unset(`$${name}`);
  }

  #readName(): string {
    const first = this.#peek();
    if (first === undefined) return "";
    if (digit.test(first)) return this.#readWhile((character) => digit.test(character));
    if (specialParameters.includes(first)) {
      this.#position++;
      return first;
    }
    return this.#readWhile(
      (character) => character === "_" || letter.test(character) || digit.test(character),
    );
  }

  #readWhile(accepts: (character: string) => boolean): string {
    const start = this.#position;
    for (let next = this.#peek(); next !== undefined && accepts(next); next = this.#peek()) {
      this.#position++;
    }
    return this.#characters.slice(start, this.#position).join("");
  }

  #lookUp(name: string): string | undefined {
    const value = this.#environment.get(name);
    (value === undefined ? this.#unmatched : this.#matched).add(name);
    return value;
  }

  /** What stands for `reference` to a variable that is not set. */
  #unset(reference: string): string {
    return this.#options.keepUnset === true ? reference : "";
  }

  /** `${name-operand}` and all other modifiers but `/`; the operand is read after `modifier`. */
  #expandModified(name: string, modifier: string): string {
    // A wrong modifier behind a colon shows only when its operand has been read.
    if (!isModifier(modifier) && !/^:[^#%]/u.test(modifier)) throw unsupported(modifier);
    const operand = this.#readOperand("}", modifier === "#" || modifier === "%");
    const value = this.#lookUp(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}${modifier}${operand}}`;
    }
    return applyModifier({ name, modifier, operand }, value);
  }

  /** `${name/pattern/replacement}` and, with a second slash first, the form for all matches. */
  #expandReplacement(name: string): string {
    const all = this.#peek() === "/";
    if (all) this.#position++;
    const pattern = this.#readOperand("/", true);
    const replacement = this.#readOperand("}", true);
    const value = this.#lookUp(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}/${pattern}/${replacement}}`;
    }
    return (all ? replaceAll : replaceFirst)(value ?? "", pattern, replacement);
  }

  #readOperand(stop: "}" | "/", keepEscapes: boolean): string {
    if (++this.#depth > deepestNesting) throw syntaxError("substitutions are nested too deeply");
    const outer = { words: this.#words, keepEscapes: this.#keepEscapes };
    outer.words.dropWord();
    this.#words = new WordSplitter();
    this.#keepEscapes = keepEscapes;
    try {
      return this.#readUntil(stop);
    } catch (error) {
      if (this.#peek() !== undefined) throw error;
      const where = stop === "/" ? "'/' in ${}" : "'}'";
      throw syntaxError(`syntax error: missing ${where}`);
    } finally {
      this.#words = outer.words;
      this.#keepEscapes = outer.keepEscapes;
      this.#depth--;
    }
  }
}
