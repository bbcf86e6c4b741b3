import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from "yaml";
import { BuildFileError } from "../errors/build-file-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";

const plainTags: ReadonlySet<string> = new Set(
  ["str", "map", "seq"].map((kind) => `tag:yaml.org,2002:${kind}`),
);

/** What all values of one file share. */
interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly resolve: (node: Node) => Node | undefined;
}

/**
 * A value of a YAML file, and the place that errors about it name. All scalars are texts, exactly as they
 * are written: `1.10` is no number that would lose its zero, and `no` is not false.
 */
export class YamlValue {
  readonly location: SourceLocation;
  /** How messages call it, such as `images.api.args`. */
  readonly path: string;
  readonly #node: Node | undefined;
  readonly #source: Source;

  private constructor(
    node: Node | undefined,
    source: Source,
    at: Pick<YamlValue, "location" | "path">,
  ) {
    this.#node = node;
    this.#source = source;
    this.location = at.location;
    this.path = at.path;
  }

  /**
   * Reads a YAML text of one document; `file` is the name that locations have.
   *
   * @throws BUILD_FILE_INVALID
   */
  static parse(text: string, file: string): YamlValue {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      schema: "failsafe",
      lineCounter: lines,
      prettyErrors: false,
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) {
      const { line } = lines.linePos(problem.pos[0]);
      const location = { file, firstLine: line, lastLine: line };
      const message = `${file} is not the YAML that is read here: ${lowerFirst(problem.message)}`;
      throw new BuildFileError("BUILD_FILE_INVALID", message, { location, cause: problem });
    }
    const resolve = (node: Node): Node | undefined =>
      isAlias(node) ? node.resolve(document) : node;
    const source = { file, lines, resolve };
    return new YamlValue(document.contents ?? undefined, source, {
      location: { file, firstLine: 1, lastLine: 1 },
      path: file,
    });
  }

  /** @throws BUILD_FILE_INVALID when it is no text. */
  text(): string {
    const node = this.#resolved();
    if (!isScalar(node)) throw this.invalid(`${this.path} has to be a text`);
    return String(node.value);
  }

  /** @throws BUILD_FILE_INVALID when it is no list. */
  list(): readonly YamlValue[] {
    const node = this.#resolved();
    if (!isSeq(node)) throw this.invalid(`${this.path} has to be a list`);
    return node.items.map((item, index) => this.#inner(item, item, `${this.path}[${index}]`));
  }

  /**
   * The values of a mapping by name, in their order; the place of each is where its name stands.
   *
   * @throws BUILD_FILE_INVALID when it is no mapping, or has names that are no texts.
   */
  mapping(): ReadonlyMap<string, YamlValue> {
    const node = this.#resolved();
    if (!isMap(node)) throw this.invalid(`${this.path} has to be a mapping`);
    const isTop = this.path === this.#source.file;
    return new Map(
      node.items.map(({ key, value }) => {
        const name = this.#inner(key, key, `a name in ${this.path}`).text();
        return [name, this.#inner(value, key, isTop ? name : `${this.path}.${name}`)];
      }),
    );
  }

  /** An error about this value, to be thrown. */
  invalid(message: string, hint?: string): BuildFileError {
    const { location } = this;
    const advice = hint === undefined ? {} : { hint };
    return new BuildFileError("BUILD_FILE_INVALID", message, { location, ...advice });
  }

  #resolved(): Node | undefined {
    const node = this.#node === undefined ? undefined : this.#source.resolve(this.#node);
    const tag = node !== undefined && !isAlias(node) ? node.tag : undefined;
    if (tag === undefined || plainTags.has(tag)) return node;
    throw this.invalid(`${this.path} has a tag, ${tag}, which is not understood`);
  }

  /** `value`, whose place is that of `at`. */
  #inner(value: unknown, at: unknown, path: string): YamlValue {
    const { file, lines } = this.#source;
    const start = (at as ParsedNode | null)?.range?.[0];
    const line = start === undefined ? this.location.firstLine : lines.linePos(start).line;
    const location = { file, firstLine: line, lastLine: line };
    return new YamlValue((value as Node | null) ?? undefined, this.#source, { location, path });
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
