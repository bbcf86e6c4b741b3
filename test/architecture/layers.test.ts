import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";

/** Files that run as parts of whole programs only, mostly in test/e2e; each with the reason. */
const testedAsAWhole: Readonly<Record<string, string>> = {
  "src/cli/bundle/exercise-registry.ts": "part of make-code-cache: test/cli/bundle/loader",
  "src/cli/bundle/record-code-cache.ts": "a program of make-code-cache: test/cli/bundle/loader",
  "src/cli/main.ts": "gives run-cli.ts the real process",
  "src/cli/compose.ts": "puts all parts together: test/e2e",
  "src/cli/outputs.ts": "puts the outputs together: test/e2e/results, test/e2e/destinations",
  "src/cli/run-build.ts": "finds out how to build: test/e2e",
  "src/cli/prepare-build.ts": "puts reading and planning together: test/e2e",
};

describe("architecture/layers", function () {
  this.timeout(60_000);
  const files = globSync("src/**/*.ts").toSorted();
  let result: ICruiseResult;

  before(async () => {
    const options = await extractOptions(path.resolve(".dependency-cruiser.cjs"));
    result = (await cruise(["src", "test"], options)).output as ICruiseResult;
  });

  it("sees every source file, since a check of nothing would pass", () => {
    const seen = new Set(result.modules.map(({ source }) => source));

    expect(files.filter((file) => !seen.has(file))).to.deep.equal([]);
    expect(files.length).to.be.greaterThan(50);
  });

  it("finds no import that its folder may not have", () => {
    const violations = result.summary.violations.map(
      ({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
    );

    expect(violations).to.deep.equal([]);
  });

  it("finds a test for every source file that has code", () => {
    const tested = testedFiles(result);

    const untested = files.filter((file) => !tested.has(file) && hasCode(file));
    expect(untested.filter((file) => !(file in testedAsAWhole))).to.deep.equal([]);
    expect(Object.keys(testedAsAWhole).filter((file) => tested.has(file))).to.deep.equal([]);
  });
});

/**
 * What tests import, themselves or by way of test/support, and what those files in turn import of
 * their own folder.
 */
function testedFiles({ modules }: ICruiseResult): ReadonlySet<string> {
  const imports = new Map(
    modules.map(({ source, dependencies }) => [source, dependencies.map((to) => to.resolved)]),
  );
  const tests = modules.map(({ source }) => source).filter((file) => file.endsWith(".test.ts"));
  const tested = new Set<string>();
  const waiting = tests.flatMap((test) => imports.get(test) ?? []);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (tested.has(file)) continue;
    tested.add(file);
    const folder = topFolderOf(file);
    const isSupport = folder === "test/support";
    waiting.push(
      ...(imports.get(file) ?? []).filter((to) => isSupport || topFolderOf(to) === folder),
    );
  }
  return tested;
}

/** The folder of `src` or `test` that a file is in, however deep. */
function topFolderOf(file: string): string {
  return file.split("/", 2).join("/");
}

function hasCode(file: string): boolean {
  return /^(export )?(async )?(function|class)\b|^export const \w+ = (async )?\(/m.test(
    readFileSync(file, "utf8"),
  );
}
