import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { expect } from "chai";
import { fetchDockerfile, isRemoteDockerfile } from "../../src/context/fetch-dockerfile.ts";
import { errorOf } from "../support/error-of.ts";
import { makeRemoteAccess } from "../support/remote-access.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { startWebServer } from "../support/web-server.ts";

describe("context/fetch-dockerfile", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  async function fetchFrom(location: string, chunks: readonly Buffer[] = []): Promise<string> {
    const access = await makeRemoteAccess(directory);
    const stdin = Readable.from(chunks);
    return fetchDockerfile(location, { access, stdin, directory: directory.path });
  }

  it("tells what is here from what is elsewhere", () => {
    expect(["-", "https://host.test/Dockerfile", "HTTP://h.test/x"].map(isRemoteDockerfile))
      .to //
      .deep.equal([true, true, true]);
    expect(["Dockerfile", "./-", "/https:/x"].map(isRemoteDockerfile))
      .to //
      .deep.equal([false, false, false]);
  });

  it("writes what it is given into a directory of its own", async () => {
    const path = await fetchFrom("-", [Buffer.from("FROM "), Buffer.from("scratch\n")]);

    expect(path).to.equal(directory.join("dockerfile", "Dockerfile"));
    expect(await readFile(path, "utf8")).to.equal("FROM scratch\n");
  });

  it("writes what an address has", async () => {
    await using web = await startWebServer((_request, response) => {
      response.end("FROM scratch\n");
    });

    const path = await fetchFrom(`http://${web.host}/Dockerfile`);

    expect(await readFile(path, "utf8")).to.equal("FROM scratch\n");
  });

  it("refuses what is too long to be one, and an address that is none", async () => {
    const chunks = Array.from({ length: 17 }, () => Buffer.alloc(1 << 20, "#"));

    expect((await errorOf(fetchFrom("-", chunks))).code).to.equal("CONTEXT_REFUSED");
    expect((await errorOf(fetchFrom("https://"))).code).to.equal("CONTEXT_UNSUPPORTED");
  });
});
