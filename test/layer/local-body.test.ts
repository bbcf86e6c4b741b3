import { appendFile, mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { openLocal } from "../../src/layer/local-body.ts";
import { collect } from "../support/chunks.ts";
import { outputOf } from "../support/command.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const small = Buffer.from("small");
const large = Buffer.from("0123456789".repeat(100_000));

describe("layer/local-body", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    await writeFile(directory.join("small"), small);
    await writeFile(directory.join("large"), large);
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  const read = async (name: string, size: number): Promise<Buffer> =>
    collect(openLocal({ path: directory.join(name), size }));

  for (const [name, bytes] of [
    ["small", small],
    ["large", large],
  ] as const) {
    it(`reads a ${name} file`, async () => {
      expect((await read(name, bytes.length)).equals(bytes)).to.equal(true);
    });

    it(`reads no more than it was asked to of a ${name} file that has grown`, async () => {
      await appendFile(directory.join(name), "more");

      expect((await read(name, bytes.length)).equals(bytes)).to.equal(true);
    });

    it(`names a ${name} file that has become shorter`, async () => {
      await truncate(directory.join(name), bytes.length - 1);

      const error = await errorOf(read(name, bytes.length));

      expect(error.code).to.equal("CONTEXT_UNREADABLE");
      expect(error.message).to.contain(directory.join(name)).and.to.contain("shorter");
    });

    it(`names a ${name} file that is missing`, async () => {
      const error = await errorOf(read("missing", bytes.length));

      expect(error.code).to.equal("CONTEXT_UNREADABLE");
      expect(error.message).to.contain(directory.join("missing"));
    });

    it(`does not follow a link that has taken the place of a ${name} file`, async () => {
      await symlink(directory.join(name), directory.join("link"));

      expect((await errorOf(read("link", bytes.length))).code).to.equal("CONTEXT_UNREADABLE");
    });

    it(`does not wait for a fifo that has taken the place of a ${name} file`, async () => {
      outputOf(["mkfifo", directory.join("fifo")]);

      const error = await errorOf(read("fifo", bytes.length));

      expect(error.message).to.contain("no longer a regular file");
    });

    it(`refuses a directory in place of a ${name} file`, async () => {
      await mkdir(directory.join("directory"));

      expect((await errorOf(read("directory", bytes.length))).code).to.equal("CONTEXT_UNREADABLE");
    });
  }

  it("has a small file in one piece", () => {
    const body = openLocal({ path: directory.join("small"), size: small.length });

    expect(Buffer.from(body.whole ?? "").equals(small)).to.equal(true);
  });

  it("reads names that are not UTF-8", async () => {
    const path = Buffer.concat([Buffer.from(directory.join("x")), Buffer.from([0xff])]);
    await writeFile(path, small);

    expect((await read("x\udcff", small.length)).equals(small)).to.equal(true);
  });
});
