import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import { type LeftContainer, readLeftFile } from "./left-files.ts";

describe("pipeline/argo/container/left-files", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    for (const name of ["upper", "layer", "volume"]) await mkdir(place.join(name));
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const read = async (file: string, user?: LeftContainer["user"]): Promise<string | undefined> => {
    const roots = [place.join("upper"), place.join("layer")];
    const mounts = new Map([["/wsp", place.join("volume")]]);
    return (await readLeftFile({ roots, mounts, user }, file))?.toString();
  };

  it("finds the uppermost file, and on a mount no other", async () => {
    await writeFile(place.join("layer/file"), "below");
    expect(await read("/file")).to.equal("below");

    await writeFile(place.join("upper/file"), "above");
    await mkdir(place.join("upper/wsp"));
    await writeFile(place.join("upper/wsp/file"), "covered");

    expect(await read("/file")).to.equal("above");
    expect(await read("/wsp/file")).to.equal(undefined);
    await writeFile(place.join("volume/file"), "on the volume");
    expect(await read("/wsp/file")).to.equal("on the volume");
  });

  it("finds nothing that the container's user may not read", async () => {
    await mkdir(place.join("upper/closed"));
    for (const name of ["file", "closed/file"]) await writeFile(place.join("upper", name), "text");
    await chmod(place.join("upper/file"), 0o600);
    await chmod(place.join("upper/closed"), 0o700);
    const other = { uid: 54_321, gid: 54_321 };

    expect(await read("/file", other)).to.equal(undefined);
    expect(await read("/closed/file", other)).to.equal(undefined);
    await chmod(place.join("upper/file"), 0o604);
    expect(await read("/file", other)).to.equal("text");
  });

  it("does not follow symlinks, which lead elsewhere on this machine", async () => {
    await symlink("/etc/hostname", place.join("upper/link"));

    const failure = await read("/link").catch((error: unknown) => String(error));

    expect(failure).to.include("link is a symlink");
  });
});
