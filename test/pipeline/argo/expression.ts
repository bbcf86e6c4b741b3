/** What names in an expression stand for. */
export type Environment = Readonly<Record<string, unknown>>;

type Evaluate = (environment: Environment) => unknown;

const tokenPattern =
  /\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(\|\||&&|==|!=|<=|>=|[-+*/<>!?:.,()[\]]))/y;

interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "end";
  readonly text: string;
}

/** Higher binds tighter. */
const precedences: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 4,
  ">": 4,
  "<=": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
};

/**
 * Evaluates an expression of the language that Argo uses in `{{=...}}`, `retryStrategy.expression`
 * and, with other names, in `when` and `depends`: of github.com/expr-lang/expr the operators,
 * members, indices and calls.
 *
 * @throws Error when it cannot be read, or uses a name that is not there.
 */
export function evaluate(text: string, environment: Environment): unknown {
  const parser = new Parser(tokenize(text));
  const result = parser.ternary();
  parser.expect("");
  return result(environment);
}

function tokenize(text: string): readonly Token[] {
  const kinds = ["number", "text", "name", "sign"] as const;
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  const end = text.trimEnd().length;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(text);
    if (match === null) throw new Error(`cannot read expression at '${text.slice(at)}'`);
    const index = match.slice(1).findIndex((group) => group !== undefined);
    tokens.push({ kind: kinds[index] ?? "sign", text: match[index + 1] ?? "" });
  }
  return [...tokens, { kind: "end", text: "" }];
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  ternary(): Evaluate {
    const condition = this.#binary(0);
    if (!this.#accept("?")) return condition;
    const yes = this.ternary();
    this.expect(":");
    const no = this.ternary();
    return (environment) => (condition(environment) === true ? yes : no)(environment);
  }

  expect(sign: string): void {
    if (!this.#accept(sign)) throw new Error(`expected '${sign}' before '${this.#token().text}'`);
  }

  #binary(least: number): Evaluate {
    let left = this.#unary();
    for (;;) {
      const { kind, text: sign } = this.#token();
      const precedence = kind === "sign" ? (precedences[sign] ?? 0) : 0;
      if (precedence === 0 || precedence <= least) return left;
      this.#at += 1;
      const right = this.#binary(precedence);
      const before = left;
      left = (environment) =>
        operate(
          sign,
          () => before(environment),
          () => right(environment),
        );
    }
  }

  #unary(): Evaluate {
    if (this.#accept("!")) {
      const operand = this.#unary();
      return (environment) => operand(environment) !== true;
    }
    if (this.#accept("-")) {
      const operand = this.#unary();
      return (environment) => -Number(operand(environment));
    }
    return this.#postfix(this.#primary());
  }

  #postfix(start: Evaluate): Evaluate {
    let value = start;
    for (;;) {
      const target = value;
      if (this.#accept(".")) {
        const name = this.#next().text;
        value = (environment) => member(target(environment), name);
      } else if (this.#accept("[")) {
        const index = this.ternary();
        this.expect("]");
        value = (environment) => member(target(environment), index(environment));
      } else if (this.#accept("(")) {
        const given = this.#list();
        value = (environment) =>
          call(
            target(environment),
            given.map((each) => each(environment)),
          );
      } else return value;
    }
  }

  #list(): readonly Evaluate[] {
    const given: Evaluate[] = [];
    if (this.#accept(")")) return given;
    do given.push(this.ternary());
    while (this.#accept(","));
    this.expect(")");
    return given;
  }

  #primary(): Evaluate {
    const { kind, text } = this.#next();
    if (kind === "number") return () => Number(text);
    if (kind === "text") return () => unquote(text);
    if (kind === "name") return (environment) => nameIn(environment, text);
    if (text !== "(") throw new Error(`unexpected '${text}' in an expression`);
    const inner = this.ternary();
    this.expect(")");
    return inner;
  }

  #accept(sign: string): boolean {
    const { kind, text } = this.#token();
    if (kind === "text" || text !== sign) return false;
    this.#at += 1;
    return true;
  }

  #next(): Token {
    const token = this.#token();
    this.#at += 1;
    return token;
  }

  #token(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }
}

const words: Readonly<Record<string, unknown>> = { true: true, false: false, nil: null };

function nameIn(environment: Environment, name: string): unknown {
  if (name in words) return words[name];
  if (!(name in environment)) throw new Error(`unknown name ${name}`);
  return environment[name];
}

function member(target: unknown, key: unknown): unknown {
  const value = (target as Readonly<Record<string, unknown>> | null | undefined)?.[String(key)];
  if (value === undefined) throw new Error(`nothing is called ${String(key)}`);
  return value;
}

function call(target: unknown, given: readonly unknown[]): unknown {
  if (typeof target !== "function") throw new Error("only functions can be called");
  return (target as (...given: readonly unknown[]) => unknown)(...given);
}

function operate(sign: string, left: () => unknown, right: () => unknown): unknown {
  if (sign === "&&") return left() === true && right() === true;
  if (sign === "||") return left() === true || right() === true;
  return binaryOperators[sign]?.(left() as number, right() as number);
}

const binaryOperators: Readonly<Record<string, (left: number, right: number) => unknown>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  ">": (left, right) => left > right,
  "<=": (left, right) => left <= right,
  ">=": (left, right) => left >= right,
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};

function unquote(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  return text.slice(1, -1).replace(/\\(.)/gs, (_, sign: string) => escapes[sign] ?? sign);
}
