import { expect } from "chai";
import { withDiskSpace } from "../../src/cli/disk-space.ts";
import { FilesystemError, filesystemError } from "../../src/errors/filesystem-error.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const full = (): Error => Object.assign(new Error("write failed"), { code: "ENOSPC" });

describe("cli/disk-space", () => {
  let place: TemporaryDirectory;

  before(async () => {
    place = await makeTemporaryDirectory();
  });

  after(() => place[Symbol.asyncDispose]());

  const messageOf = (error: FilesystemError): string => {
    const described = withDiskSpace(error, place.join("slipway-1"));
    if (!(described instanceof FilesystemError)) throw new TypeError("it is another error now");
    expect(described).to.include({ code: "FILESYSTEM_NO_SPACE", cause: error.cause });
    return described.message;
  };

  it("says how much is free where the work directory is", () => {
    const size = /where \d[\d.]* [KMGT]?i?B of \d[\d.]* [KMGT]?i?B are free$/;

    for (const path of [undefined, place.join("slipway-1/blob")]) {
      const message = messageOf(filesystemError("store a blob", full(), path));

      expect(message).to.include(`cannot store a blob: no space is left in ${place.path}, `);
      expect(message).to.match(size);
    }
  });

  it("says it of another directory that is meant", () => {
    const message = messageOf(filesystemError("write the archive", full(), "/dev/shm/image.tar"));

    expect(message).to.include(" in /dev/shm, where ");
  });

  it("keeps the place in the Dockerfile", () => {
    const location = { file: "Dockerfile", firstLine: 2, lastLine: 2 };
    const error = filesystemError("store a blob", full()).at(location);

    expect(withDiskSpace(error, place.join("slipway-1"))).to.deep.include({ location });
  });

  it("leaves alone what is about no disk, and a directory that is gone", () => {
    const other = filesystemError("store a blob", new Error("no"));
    const gone = filesystemError("write", full(), "/no/such/place/file");

    expect(withDiskSpace(other, place.path)).to.equal(other);
    expect(withDiskSpace(gone, place.path)).to.equal(gone);
  });
});
