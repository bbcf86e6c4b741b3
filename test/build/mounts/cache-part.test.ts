import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { showCachePart } from "../../../src/build/mounts/cache-part.ts";
import { errorFrom } from "../../support/error-from.ts";
import { identities } from "../../support/identity.ts";
import { inNamespace, type Scenario, type ScenarioPlace } from "../../support/namespace.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

function makeCache(directory: string): string {
  const cache = path.join(directory, "cache");
  mkdirSync(path.join(cache, "part"), { recursive: true });
  writeFileSync(path.join(cache, "part/file"), "inside");
  writeFileSync(path.join(directory, "file"), "outside");
  symlinkSync("/part/file", path.join(cache, "absolute"));
  symlinkSync("part", path.join(cache, "relative"));
  symlinkSync("../file", path.join(cache, "up"));
  symlinkSync(path.join(directory, "file"), path.join(cache, "away"));
  return cache;
}

export const shown = ({ directory }: ScenarioPlace): Promise<readonly string[]> => {
  const cache = makeCache(directory);
  const parts = ["/part/file", "/absolute", "/relative/file"];
  const texts = parts.map((part) => {
    using file = showCachePart({ directory: cache, part }, directory);
    return readFileSync(file.path, "utf8");
  });
  return Promise.resolve([...texts, ...readdirSync(directory)]);
};

export const renamed = ({ directory }: ScenarioPlace): Promise<readonly string[]> => {
  const cache = makeCache(directory);
  using part = showCachePart({ directory: cache, part: "/part" }, directory);
  renameSync(path.join(cache, "part"), path.join(cache, "old"));
  symlinkSync("..", path.join(cache, "part"));
  writeFileSync(path.join(part.path, "new"), "");
  return Promise.resolve([...readdirSync(part.path), ...readdirSync(path.join(cache, "old"))]);
};

describe("build/mounts/cache-part", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(async () => place[Symbol.asyncDispose]());

  for (const part of ["/none", "/part/file/none", "/up", "/away", "/../file"]) {
    it(`does not find ${part}`, () => {
      const directory = makeCache(place.path);

      const error = errorFrom(() => showCachePart({ directory, part }, place.path));

      expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
      expect(error.message).to.equal(`"${part}": not found in the cache`);
    });
  }
});

for (const identity of identities) {
  const run = <Result>(scenario: Scenario<Result>): Promise<Result> =>
    inNamespace(scenario, { from: import.meta.url, as: identity.as });
  describe(`build/mounts/cache-part for ${identity.name}`, function () {
    this.timeout(30_000);
    before(async function () {
      if (!(await identity.prepare())) this.skip();
    });
    after(() => identity.remove());

    it("shows what links lead to, and leaves nothing", async () => {
      expect(await run(shown)).to.deep.equal(["inside", "inside", "inside", "cache", "file"]);
    });

    it("goes on showing what it found, whatever takes its name", async () => {
      expect(await run(renamed)).to.deep.equal(["file", "new", "file", "new"]);
    });
  });
}
