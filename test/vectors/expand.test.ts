import { expandWord } from "../../src/dockerfile/expansion/expand.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { checkCases, groupCases, type VectorCase } from "./check-cases.ts";
import { loadVectors } from "./vectors.ts";

interface ExpandCase extends VectorCase {
  readonly word: string;
  readonly env: string;
  readonly escape: string;
  readonly opts?: Readonly<Record<string, boolean>>;
  readonly tags?: readonly string[];
  readonly result?: string;
  readonly words?: readonly string[];
  readonly matched: readonly string[];
  readonly unmatched: readonly string[];
  readonly error?: string;
}

interface Tables {
  readonly envs: Readonly<Record<string, readonly string[]>>;
}

const vectors = loadVectors<ExpandCase, Tables>("expand");

describe("vectors/expand", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in dockerfile/expansion");
  const groups = groupCases(vectors?.cases ?? [], ({ tags }) => tags?.[0] ?? "listed");
  for (const [name, cases] of groups) {
    it(`expands ${cases.length} words (${name}) as the reference does`, () => {
      checkCases(cases, expand, expected);
    });
  }
});

function expand(vector: ExpandCase): unknown {
  const variables = readVariables(vectors?.envs[vector.env] ?? []);
  const matched = new Set<string>();
  const unmatched = new Set<string>();
  const environment = {
    get(name: string): string | undefined {
      (variables.has(name) ? matched : unmatched).add(name);
      return variables.get(name);
    },
  };
  const looked = (): object => ({
    matched: [...matched].toSorted(),
    unmatched: [...unmatched].toSorted(),
  });
  try {
    const { text, words } = expandWord(vector.word, environment, {
      escape: vector.escape,
      keepQuotes: vector.opts?.["rawQuotes"] === true,
      keepEscapes: vector.opts?.["rawEscapes"] === true,
      ignoreQuotes: vector.opts?.["skipProcessQuotes"] === true,
      keepUnset: vector.opts?.["skipUnsetEnv"] === true,
    });
    return { result: text, words, ...looked() };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { failed: true, ...looked() };
  }
}

/** That there is an error is the contract here, its words are not. */
function expected({ error, result, words, matched, unmatched }: ExpandCase): unknown {
  const looked = { matched: matched.toSorted(), unmatched: unmatched.toSorted() };
  return error === undefined ? { result, words, ...looked } : { failed: true, ...looked };
}

function readVariables(entries: readonly string[]): Map<string, string> {
  return new Map(
    entries.map((entry) => {
      const equals = entry.indexOf("=");
      return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
