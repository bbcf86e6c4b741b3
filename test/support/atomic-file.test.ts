import { chmod, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { CancelledError } from "../../src/errors/internal-error.ts";
import { writeAtomically } from "../../src/support/atomic-file.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("support/atomic-file", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  it("makes the file and its directories, octal 644", async () => {
    const file = directory.join("a", "b", "result");

    await writeAtomically(file, (path) => writeFile(path, "text", { mode: 0o600 }));

    expect(await readFile(file, "utf8")).to.equal("text");
    expect((await stat(file)).mode & 0o777).to.equal(0o644);
    expect(await readdir(directory.join("a", "b"))).to.deep.equal(["result"]);
  });

  it("keeps what was there until the new file is complete", async () => {
    const file = directory.join("result");
    await writeFile(file, "old");

    await writeAtomically(file, async (path) => {
      await writeFile(path, "new");
      expect(await readFile(file, "utf8")).to.equal("old");
    });

    expect(await readFile(file, "utf8")).to.equal("new");
  });

  it("leaves nothing new behind when writing fails", async () => {
    const file = directory.join("result");
    await writeFile(file, "old");
    const cancelled = new CancelledError("SIGTERM");

    const error = await errorOf(
      writeAtomically(file, async (path) => {
        await writeFile(path, "half");
        throw cancelled;
      }),
    );

    expect(error).to.equal(cancelled);
    expect(await readFile(file, "utf8")).to.equal("old");
    expect(await readdir(directory.path)).to.deep.equal(["result"]);
  });

  it("says which file could not be written", async () => {
    const file = directory.join("file", "result");
    await writeFile(directory.join("file"), "");

    const error = await errorOf(writeAtomically(file, (path) => writeFile(path, "")));

    expect(error.code).to.equal("FILESYSTEM_FAILED");
    expect(error.message).to.include(file);
  });

  it("writes through a link, as /dev/stdout is one", async () => {
    const [target, link] = [directory.join("target"), directory.join("link")];
    await writeFile(target, "old");
    await symlink(target, link);

    await writeAtomically(link, (path) => writeFile(path, "new"));

    expect(await readFile(target, "utf8")).to.equal("new");
  });

  describe("as an ordinary user, since root may write to every directory", () => {
    before(function () {
      if (process.getuid?.() === 0) this.skip();
    });

    it("overwrites a file whose directory it may not write to, as /dev/termination-log", async () => {
      const file = directory.join("result");
      await writeFile(file, "old");
      await chmod(directory.path, 0o555);

      await writeAtomically(file, (path) => writeFile(path, "new"));

      expect(await readFile(file, "utf8")).to.equal("new");
      await chmod(directory.path, 0o755);
    });
  });
});
