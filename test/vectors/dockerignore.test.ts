import { parseIgnoreFile } from "../../src/dockerfile/ignore/ignore-file.ts";
import {
  createIgnoreMatcher,
  type IgnoreMatcher,
  type IgnoreState,
} from "../../src/dockerfile/ignore/matcher.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { checkCases, growLetters, type VectorCase } from "./check-cases.ts";
import { loadVectors } from "./vectors.ts";

interface IgnoreCase extends VectorCase {
  readonly kind: "file" | "match" | "walk";
  readonly patterns?: readonly string[];
  readonly ignored?: readonly string[];
  readonly kept?: readonly string[];
  readonly paths?: readonly string[];
  readonly error?: string;
  readonly errorAt?: "match";
  readonly file?: string;
  readonly matchError?: string;
  readonly tree?: string;
  readonly sent?: readonly string[];
}

interface Tables {
  readonly trees: Readonly<Record<string, readonly string[]>>;
}

const vectors = loadVectors<IgnoreCase, Tables>("dockerignore");
const cases = growLetters(vectors?.cases ?? []);
const failed = "failed";

describe("vectors/dockerignore", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in dockerfile/ignore");
  else {
    it("reads files as the reference does", () => {
      checkCases(ofKind("file"), readFile, ({ error, patterns, matchError }) =>
        error === undefined ? { patterns, refused: matchError !== undefined } : failed,
      );
    });

    it("ignores the paths that the reference ignores", () => {
      checkCases(ofKind("match"), matchPaths, ({ error, errorAt, ignored, kept, paths }) => {
        if (errorAt === "match") return paths?.map((path) => [path, failed]);
        if (error !== undefined) return failed;
        return [
          ...(ignored ?? []).map((path) => [path, true]),
          ...(kept ?? []).map((path) => [path, false]),
        ];
      });
    });

    it("walks trees as the reference does", () => {
      checkCases(ofKind("walk"), walkTree, ({ error, sent }) =>
        error === undefined ? sent : failed,
      );
    });
  }
});

function ofKind(kind: IgnoreCase["kind"]): IgnoreCase[] {
  return cases.filter((vector) => vector.kind === kind);
}

function attempt<Result>(action: () => Result): Result | typeof failed {
  try {
    return action();
  } catch (error) {
    if (isBuilderError(error, "DOCKERFILE_SYNTAX")) return failed;
    throw error;
  }
}

function readFile({ file = "" }: IgnoreCase): unknown {
  return attempt(() => {
    const patterns = parseIgnoreFile(file);
    return { patterns, refused: attempt(() => createIgnoreMatcher(patterns)) === failed };
  });
}

function matchPaths({ patterns = [], ignored = [], kept = [], paths = [] }: IgnoreCase): unknown {
  return attempt(() => {
    const matcher: IgnoreMatcher = createIgnoreMatcher(patterns);
    const queried = [...ignored, ...kept, ...paths];
    return queried.map((path) => [path, attempt(() => matcher.matches(path))]);
  });
}

/** A directory's entries by name; undefined is a file. */
interface Directory {
  [name: string]: Directory | undefined;
}

function walkTree({ patterns = [], tree = "" }: IgnoreCase): unknown {
  return attempt(() => {
    const sent = new Set<string>();
    walk(buildTree(tree), { state: createIgnoreMatcher(patterns).root, parents: [""] }, sent);
    return [...sent];
  });
}

function buildTree(name: string): Directory {
  const root: Directory = {};
  for (const entry of vectors?.trees[name] ?? []) {
    const names = entry.replace(/\/$/, "").split("/");
    const last = names.pop() ?? "";
    let directory = root;
    for (const part of names) directory = directory[part] ??= {};
    directory[last] = entry.endsWith("/") ? {} : undefined;
  }
  return root;
}

/** Adds what a walk sends: what is kept, after the directories above it. */
function walk(
  directory: Directory,
  { state, parents }: { state: IgnoreState; parents: readonly string[] },
  sent: Set<string>,
): void {
  const names = Object.keys(directory).toSorted((left, right) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  );
  for (const name of names) {
    const inner = directory[name];
    const path = `${parents.at(-1) ?? ""}${name}${inner === undefined ? "" : "/"}`;
    const entered = state.enter(name);
    if (!entered.isIgnored) {
      for (const needed of [...parents.slice(1), path]) sent.add(needed);
    }
    if (inner !== undefined && entered.mayHoldKept) {
      walk(inner, { state: entered, parents: [...parents, path] }, sent);
    }
  }
}
