import { readdir, readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { defaultArchiveLimits } from "../../src/context/archive-limits.ts";
import { parseContextSource } from "../../src/context/context-source.ts";
import {
  type FetchedContext,
  fetchContext,
  type RemoteContext,
} from "../../src/context/fetch-context.ts";
import { errorOf } from "../support/error-of.ts";
import { rawTar } from "../support/raw-tar.ts";
import { makeRemoteAccess } from "../support/remote-access.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const archive = rawTar([{ name: "hello", type: "0", body: "hello" }]);

describe("context/fetch-context", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place[Symbol.asyncDispose]());

  async function fetchFrom(
    location: string,
    stdin: Uint8Array = Buffer.alloc(0),
  ): Promise<FetchedContext> {
    return fetchContext(parseContextSource(location) as RemoteContext, {
      access: await makeRemoteAccess(place),
      directory: place.join("context"),
      limits: defaultArchiveLimits,
      workingDirectory: place.path,
      time: { seconds: 0, nanoseconds: 0 },
      stdin: Readable.from([stdin]),
    });
  }

  it("unpacks a file of this machine, from the working directory", async () => {
    await writeFile(place.join("context.tgz"), gzipSync(archive));

    const { directory, dockerfile } = await fetchFrom("tar://context.tgz");

    expect([directory, dockerfile]).to.deep.equal([place.join("context"), undefined]);
    expect(await readdir(directory)).to.deep.equal(["hello"]);
  });

  it("unpacks what the process is given", async () => {
    const { directory } = await fetchFrom("tar://stdin", archive);

    expect(await readdir(directory)).to.deep.equal(["hello"]);
  });

  it("takes a text for the Dockerfile of an empty context", async () => {
    const { directory, dockerfile = "" } = await fetchFrom("-", Buffer.from("FROM scratch\n"));

    expect(await readdir(directory)).to.deep.equal([]);
    expect(await readFile(dockerfile, "utf8")).to.equal("FROM scratch\n");
  });

  it("says what is not there, and what is nothing", async () => {
    const absent = await errorOf(fetchFrom("tar://absent.tar"));
    const nothing = await errorOf(fetchFrom("-"));

    expect(absent.code).to.equal("CONTEXT_NOT_FOUND");
    expect(absent.message).to.include(place.join("absent.tar"));
    expect(nothing.code).to.equal("CONTEXT_REFUSED");
    expect(nothing.message).to.include("standard input");
  });
});
