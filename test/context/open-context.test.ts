import { mkdir, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { locateContext, openDirectoryContext } from "../../src/context/open-context.ts";
import { literalPattern } from "../../src/filetree/glob.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("context/open-context", () => {
  let temporary: TemporaryDirectory;

  before(async () => {
    temporary = await makeTemporaryDirectory();
    await mkdir(temporary.join("a/b"), { recursive: true });
    await symlink("a", temporary.join("link"));
    for (const name of ["a/kept", "a/first", "a/second"]) await writeFile(temporary.join(name), "");
    await writeFile(temporary.join("a/.dockerignore"), "first\n");
    await writeFile(temporary.join("Dockerfile.dockerignore"), "second\n");
  });

  after(() => temporary[Symbol.asyncDispose]());

  const locate = (location: string, subPath = ""): string =>
    locateContext({ location, subPath, workingDirectory: temporary.path });

  describe("locateContext", () => {
    for (const [location, subPath, found] of [
      ["a", "", "a"],
      ["a/", "b", "a/b"],
      ["link", "b", "a/b"],
      ["./a/b/..", "", "a"],
      ["a", "../../../b", "a/b"],
      ["a", "/b/", "a/b"],
    ] as const) {
      it(`finds ${location} with the sub-path ${JSON.stringify(subPath)}`, () => {
        expect(locate(location, subPath)).to.equal(temporary.join(found));
      });
    }

    it("finds a directory by its absolute path and by a dir URL", () => {
      expect(locate(temporary.join("a"))).to.equal(temporary.join("a"));
      expect(locate(`dir://${temporary.join("a")}`)).to.equal(temporary.join("a"));
    });

    for (const [location, code] of [
      ["absent", "CONTEXT_NOT_FOUND"],
      ["a/kept", "CONTEXT_NOT_FOUND"],
      ["a/kept/below", "CONTEXT_NOT_FOUND"],
      ["nfs://host/directory", "CONTEXT_UNSUPPORTED"],
    ] as const) {
      it(`refuses ${location}`, async () => {
        expect((await errorOf(() => locate(location))).code).to.equal(code);
      });
    }
  });

  describe("openDirectoryContext", () => {
    it("leaves out what the context's own ignore file names", async () => {
      expect(await namesIn(temporary.join("a"))).to.deep.equal([
        ".dockerignore",
        "b",
        "kept",
        "second",
      ]);
    });

    it("prefers the ignore file of the Dockerfile", async () => {
      const names = await namesIn(temporary.join("a"), temporary.join("Dockerfile"));

      expect(names).to.deep.equal([".dockerignore", "b", "first", "kept"]);
    });

    it("uses the context's own where the Dockerfile has none", async () => {
      const names = await namesIn(temporary.join("a"), temporary.join("Other"));

      expect(names).to.not.include("first");
    });
  });
});

async function namesIn(directory: string, dockerfile?: string): Promise<string[]> {
  const tree = await openDirectoryContext(directory, dockerfile).load([literalPattern("")]);
  return [...tree.root.children.keys()].toSorted();
}
