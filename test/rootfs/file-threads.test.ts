import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { FileThreads } from "../../src/rootfs/file-threads.ts";
import type { NewFile } from "../../src/rootfs/write-file.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

const mtime = { seconds: 1_700_000_000, nanoseconds: 0 };
const owners = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

function newFile(...paths: readonly string[]): NewFile {
  return { paths, metadata: { mode: 0o640, ...owners, mtime } };
}

describe("rootfs/file-threads", () => {
  /** So many that threads are worth it. */
  const many = 5000;

  for (const count of [3, many]) {
    it(`makes ${count} files with all that belongs to them`, async () => {
      await using place = await makeTemporaryDirectory();
      {
        await using threads = new FileThreads(count);
        for (let at = 0; at < count; at += 1) {
          threads.write(newFile(place.join(`file-${at}`)), Buffer.from(`content ${at}`));
        }
        await threads.finish();
      }

      const names = readdirSync(place.path);
      expect(names).to.have.length(count);
      for (const name of names) {
        const path = place.join(name);
        const { mode, mtimeMs } = statSync(path);
        expect(readFileSync(path, "utf8")).to.equal(`content ${name.slice("file-".length)}`);
        expect([mode & 0o7777, mtimeMs]).to.deep.equal([0o640, mtime.seconds * 1000]);
      }
    });

    it(`links the other names of each of ${count} files`, async () => {
      await using place = await makeTemporaryDirectory();
      await using threads = new FileThreads(count);
      for (let at = 0; at < count; at += 1) {
        threads.write(newFile(place.join(`a${at}`), place.join(`b${at}`)), Buffer.from("x"));
      }
      await threads.finish();

      expect(statSync(place.join(`a${count - 1}`)).ino).to.equal(
        statSync(place.join(`b${count - 1}`)).ino,
      );
    });
  }

  it("names the errno where a thread cannot make a file", async () => {
    await using place = await makeTemporaryDirectory();
    mkdirSync(place.join("full"));
    writeFileSync(place.join("full/2500"), "in the way");
    await using threads = new FileThreads(many);
    const failure = await (async () => {
      for (let at = 0; at < many; at += 1) {
        threads.write(newFile(place.join(`full/${at}`)), Buffer.from("y"));
      }
      await threads.finish();
    })().catch((error: unknown) => error);

    expect(failure).to.be.an("error").with.property("code", "EEXIST");
    expect(readFileSync(place.join("full/2500"), "utf8")).to.equal("in the way");
  });
});
