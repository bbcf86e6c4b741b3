import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { streamHttp } from "../../src/context/http-stream.ts";
import { type Digest, digestOf } from "../../src/image/digest.ts";
import { errorOf } from "../support/error-of.ts";
import { makeRemoteAccess } from "../support/remote-access.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { startWebServer, type WebServer } from "../support/web-server.ts";

const bytes = Buffer.from("a file of some length ".repeat(1000));

/** Answers with what a range asks for. */
const rest = (request: IncomingMessage, response: ServerResponse, etag = '"one"'): void => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1]);
  response.writeHead(206, { etag });
  response.end(bytes.subarray(from));
};

describe("context/http-stream", () => {
  let directory: TemporaryDirectory;
  let web: WebServer | undefined;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(async () => {
    await web?.[Symbol.asyncDispose]();
    web = undefined;
    await directory[Symbol.asyncDispose]();
  });

  /** Breaks the first answer off after a third; `later` answers the rest. */
  async function read(
    later: (request: IncomingMessage, response: ServerResponse) => void,
    checksum?: Digest,
  ): Promise<Buffer> {
    web = await startWebServer((request, response, count) => {
      if (count > 0) return later(request, response);
      response.writeHead(200, { "content-length": bytes.length, etag: '"one"' });
      response.write(bytes.subarray(0, bytes.length / 3), () => response.destroy());
    });
    const access = await makeRemoteAccess(directory);
    const url = new URL(`http://${web.host}/file`);
    return buffer(streamHttp({ url, name: "the file", checksum }, access));
  }

  it("asks for the rest when a connection breaks", async () => {
    expect((await read(rest, digestOf(bytes))).equals(bytes)).to.equal(true);

    expect(web?.requests.at(-1)?.headers["if-range"]).to.equal('"one"');
  });

  it("passes over what it has where a server sends everything again", async () => {
    const whole = await read((_request, response) => {
      response.writeHead(200, { etag: '"one"' });
      response.end(bytes);
    });

    expect(whole.equals(bytes)).to.equal(true);
  });

  it("does not join two versions of a file", async () => {
    const error = await errorOf(read((request, response) => rest(request, response, '"two"')));

    expect(error.code).to.equal("CONTEXT_UNREACHABLE");
    expect(error.message).to.include("the file was changed");
  });

  it("says at the end that it is not what was meant", async () => {
    const error = await errorOf(read(rest, digestOf("something else")));

    expect(error.code).to.equal("CONTEXT_CHECKSUM_MISMATCH");
  });
});
