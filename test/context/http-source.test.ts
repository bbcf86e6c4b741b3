import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { fetchHttp, fileNameOf } from "../../src/context/http-source.ts";
import type { RemoteAccess } from "../../src/context/remote-access.ts";
import { type Digest, digestOf } from "../../src/image/digest.ts";
import { errorOf } from "../support/error-of.ts";
import { makeRemoteAccess } from "../support/remote-access.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { type Answer, startWebServer, type WebServer } from "../support/web-server.ts";

describe("context/http-source", () => {
  let temporary: TemporaryDirectory;
  let servers: AsyncDisposableStack;

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
    servers = new AsyncDisposableStack();
  });

  afterEach(async () => {
    await servers.disposeAsync();
    await temporary[Symbol.asyncDispose]();
  });

  async function serve(answer: Answer): Promise<WebServer> {
    return servers.use(await startWebServer(answer));
  }

  async function fetched(
    url: string,
    options: Partial<RemoteAccess> = {},
    checksum?: Digest,
  ): Promise<string> {
    const file = await fetchHttp(url, await makeRemoteAccess(temporary, options), checksum);
    return readFile(file.path, "utf8");
  }

  it("stores what the server sends, and says when that was modified", async () => {
    const server = await serve((_, response) => {
      response.setHeader("last-modified", "Tue, 03 Mar 2020 03:03:03 GMT").end("hello");
    });

    const file = await fetchHttp(`http://${server.host}/f`, await makeRemoteAccess(temporary));

    expect(await readFile(file.path, "utf8")).to.equal("hello");
    expect(file.size).to.equal(5);
    expect(file.digest).to.equal(digestOf("hello"));
    expect(file.lastModified).to.deep.equal({ seconds: 1_583_204_583, nanoseconds: 0 });
    expect(server.requests[0]?.headers["user-agent"]).to.equal("slipway-test");
  });

  it("leaves the time open where the server says none, or nonsense", async () => {
    const server = await serve((request, response) => {
      if (request.url === "/odd") response.setHeader("last-modified", "yesterday");
      response.end();
    });
    const access = await makeRemoteAccess(temporary);

    for (const path of ["plain", "odd"]) {
      const file = await fetchHttp(`http://${server.host}/${path}`, access);
      expect(file.lastModified).to.equal(undefined);
    }
  });

  it("asks for the query, and for what it was redirected to", async () => {
    const server = await serve((request, response) => {
      if (request.url === "/a?x=1") response.writeHead(302, { location: "b/c?y=2" });
      response.end(request.url);
    });

    expect(await fetched(`http://${server.host}/a?x=1`)).to.equal("/b/c?y=2");
  });

  it("gives up on redirects without an end", async () => {
    const server = await serve((_, response, count) => {
      response.writeHead(301, { location: `/${count}` }).end();
    });

    const error = await errorOf(fetched(`http://${server.host}/`));

    expect(error.code).to.equal("CONTEXT_REFUSED");
    expect(server.requests).to.have.lengthOf(11);
  });

  for (const location of [undefined, "http://", "file:///etc/passwd"]) {
    it(`does not follow a redirect to ${location ?? "nowhere"}`, async () => {
      const server = await serve((_, response) => {
        response.writeHead(302, location === undefined ? {} : { location }).end();
      });

      expect((await errorOf(fetched(`http://${server.host}/`))).code).to.equal("CONTEXT_REFUSED");
    });
  }

  it("undoes a compression that is said to be one of the transfer", async () => {
    const server = await serve((_, response) => {
      response.setHeader("content-encoding", "gzip").end(gzipSync("plain"));
    });

    expect(await fetched(`http://${server.host}/`)).to.equal("plain");
    expect(server.requests[0]?.headers["accept-encoding"]).to.equal("identity");
  });

  const statuses: readonly [status: number, code: string, requests: number][] = [
    [404, "CONTEXT_SOURCE_NOT_FOUND", 1],
    [401, "CONTEXT_REFUSED", 1],
    [204, "CONTEXT_REFUSED", 1],
    [429, "CONTEXT_UNREACHABLE", 3],
    [503, "CONTEXT_UNREACHABLE", 3],
  ];
  for (const [status, code, requests] of statuses) {
    it(`ends with ${code} after ${requests} answers of ${status}`, async () => {
      const server = await serve((_, response) => void response.writeHead(status).end());

      const error = await errorOf(fetched(`http://${server.host}/f`));

      expect(error.code).to.equal(code);
      expect(error.message).to.contain(String(status));
      expect(server.requests).to.have.lengthOf(requests);
    });
  }

  it("begins again when the connection breaks in the middle", async () => {
    const server = await serve(async (_, response, count) => {
      response.setHeader("content-length", "10").write("hello");
      await setImmediate();
      if (count > 0) response.end("world");
      else response.destroy();
    });

    expect(await fetched(`http://${server.host}/`)).to.equal("helloworld");
    expect(server.requests).to.have.lengthOf(2);
  });

  it("says that nobody listens", async () => {
    const server = await startWebServer((_, response) => void response.end());
    await server[Symbol.asyncDispose]();

    const error = await errorOf(fetched(`http://${server.host}/`));

    expect(error.code).to.equal("CONTEXT_UNREACHABLE");
    expect(error.exitCode).to.equal(75);
  });

  it("takes what has the checksum, and nothing else", async () => {
    const server = await serve((_, response) => void response.end("hello"));
    const url = `http://${server.host}/`;

    expect(await fetched(url, {}, digestOf("hello"))).to.equal("hello");
    const error = await errorOf(fetched(url, {}, digestOf("other")));
    expect(error.code).to.equal("CONTEXT_CHECKSUM_MISMATCH");
    expect(error.message).to.contain("digest mismatch").and.contain(digestOf("hello"));
  });

  it("refuses an answer that is longer than any file may be", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": String(2 ** 40) }).flushHeaders();
    });

    const error = await errorOf(fetched(`http://${server.host}/`));

    expect(error.message).to.contain("larger than 64 GiB");
  });

  it("ends with the reason when it is cancelled", async () => {
    const cancelled = new AbortController();
    const server = await serve((_, response) => {
      response.write("begun");
      cancelled.abort(new Error("enough"));
    });

    const failure: unknown = await fetched(`http://${server.host}/`, {
      signal: cancelled.signal,
    }).catch((error: unknown) => error);

    expect(failure).to.have.property("message", "enough");
  });

  it("shows user and password of the URL to its own host only, and never in errors", async () => {
    const other = await serve((_, response) => void response.writeHead(404).end());
    const server = await serve((request, response) => {
      const location = request.url === "/" ? "/same" : `http://${other.host}/`;
      response.writeHead(302, { location }).end();
    });
    const error = await errorOf(fetched(`http://me:p%40ss@${server.host}/`));

    const expected = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    expect(server.requests.map(({ headers }) => headers.authorization)).to.deep.equal([
      expected,
      expected,
    ]);
    expect(other.requests[0]?.headers.authorization).to.equal(undefined);
    expect(error.message).to.not.contain("p%40ss");
  });

  it("uses the token that a secret holds for the host", async () => {
    const server = await serve(
      (request, response) => void response.end(request.headers.authorization),
    );
    const secrets = new Map([[`HTTP_AUTH_TOKEN_${server.host}`, Buffer.from("abc\n")]]);

    expect(await fetched(`http://${server.host}/`, { secrets })).to.equal("Bearer abc");
  });

  it("goes through the proxy of the environment, except where it shall not", async () => {
    const server = await serve((_, response) => void response.end("direct"));
    const proxy = await serve((request, response) => void response.end(`by proxy ${request.url}`));
    const environment = { http_proxy: `http://${proxy.host}` };
    const url = "http://server.example/f";

    expect(await fetched(url, { environment })).to.equal(`by proxy ${url}`);
    const withoutScheme = { HTTP_PROXY: proxy.host };
    expect(await fetched(url, { environment: withoutScheme })).to.equal(`by proxy ${url}`);
    expect(await fetched(`http://${server.host}/f`, { environment })).to.equal("direct");
  });

  it("takes no proxy from its own environment", async () => {
    const server = await serve((_, response) => void response.end("direct"));
    process.env["http_proxy"] = "http://127.0.0.1:1";
    try {
      expect(await fetched(`http://${server.host}/`, { environment: {} })).to.equal("direct");
    } finally {
      delete process.env["http_proxy"];
    }
  });

  it("refuses a proxy and a URL that are none", async () => {
    const environment = { HTTPS_PROXY: "http://[" };

    const proxyError = await errorOf(fetched("http://127.0.0.1:1/", { environment }));
    const urlError = await errorOf(fetched("http://a b/"));

    expect(proxyError.code).to.equal("USAGE_INVALID_VALUE");
    expect(urlError.code).to.equal("DOCKERFILE_INVALID");
  });

  const names: readonly [url: string, name: string][] = [
    ["http://h/dir/file.txt?x=/y", "file.txt"],
    ["http://h/dir/", "dir"],
    ["http://h", "__unnamed__"],
    ["http://h/a%20b", "a b"],
    ["http://h/a%2Fb", "b"],
    ["http://h/%2e%2e", "__unnamed__"],
    ["http://h/x%2F..", "__unnamed__"],
    ["http://h/%zz", "%zz"],
  ];
  for (const [url, name] of names) {
    it(`calls what ${url} names ${name}`, () => {
      expect(fileNameOf(url)).to.equal(name);
    });
  }
});
