import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import type { RegistryClientOptions } from "../../src/registry/create-registry-client.ts";
import type { RegistryClient, UploadSource } from "../../src/registry/registry-client.ts";
import { startChunkRegistry } from "../support/chunk-registry.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import {
  type FaultProxy,
  type ProxyAction,
  type ProxyScript,
  startFaultProxy,
} from "../support/fault-proxy.ts";
import { openUploads } from "../support/open-uploads.ts";
import { openTestClient, readBlob, sourceOf } from "../support/registry-client.ts";

const content = randomBytes(1_000_000);
const chunkBytes = 400_000;
const wholeRanges = ["0-399999", "400000-799999", "800000-999999"];

describe("registry/upload-blob", () => {
  let docker: DockerRegistry;

  before(async () => {
    docker = await startDockerRegistry();
  });

  after(() => docker[Symbol.asyncDispose]());

  it("sends a large blob at once as well", async () => {
    const source = sourceOf(randomBytes(1_000_000));
    await using proxy = await startFaultProxy(docker.host, () => undefined);

    await push(proxy, source);

    expect(methodsOf(proxy)).to.deep.equal(["HEAD", "POST", "PUT"]);
    expect(source.opened).to.equal(1);
  });

  it("sends it in chunks, from one reading, when that has failed", async () => {
    const source = sourceOf(content);
    await using proxy = await startFaultProxy(docker.host, inChunks());
    await using client = await open(proxy.host);

    const outcome = await client.pushBlob(at(proxy, "chunks"), source);

    expect(outcome).to.equal("uploaded");
    expect(source.opened).to.be.at.most(2);
    expect(rangesOf(proxy)).to.deep.equal(wholeRanges);
    const [begun] = proxy.requests.filter(({ method }) => method === "POST");
    expect(begun?.headers).to.include({ "content-length": "0" });
    const { method, url = "" } = proxy.requests.findLast((each) => each.method !== "GET") ?? {};
    expect(method).to.equal("PUT");
    expect(new URL(url, "http://r.test").searchParams.get("digest")).to.equal(
      source.descriptor.digest,
    );
    const stored = await readBlob(client, at(proxy, "chunks"), source.descriptor);
    expect(stored).to.equal(content.toString());
    expect(await openUploads(docker, "chunks")).to.deep.equal([]);
  });

  it("sends it in chunks when it is too large for one request", async () => {
    await using proxy = await startFaultProxy(docker.host, ({ headers }) =>
      Number(headers["content-length"]) > chunkBytes ? { kind: "answer", status: 413 } : undefined,
    );

    await push(proxy, sourceOf(randomBytes(1_000_000)));

    expect(rangesOf(proxy)).to.deep.equal(wholeRanges);
  });

  it("goes on in chunks where the registry has kept what came at once", async () => {
    await using registry = await startChunkRegistry();
    await using proxy = await startFaultProxy(registry.host, ({ headers, method }) =>
      method === "PUT" && headers["content-range"] === undefined
        ? { kind: "forward", cutBodyAfterBytes: 600_001 }
        : undefined,
    );

    await push(proxy, sourceOf(content));

    expect(rangesOf(proxy)).to.deep.equal(["600001-999999"]);
    expect(registry.openSessions()).to.equal(0);
  });

  for (const status of [403, 404, 405]) {
    it(`begins anew where the registry answers ${status} when asked how far it got`, async () => {
      await using proxy = await startFaultProxy(
        docker.host,
        inChunks(({ method, url }) =>
          method === "GET" && url.includes("_state=") ? { kind: "answer", status } : undefined,
        ),
      );

      await push(proxy, sourceOf(randomBytes(1_000_000)));

      expect(rangesOf(proxy)).to.deep.equal(wholeRanges);
      expect(methodsOf(proxy).filter((method) => method === "POST")).to.have.length(2);
    });
  }

  it("does not believe a registry that has more than there is", async () => {
    await using proxy = await startFaultProxy(
      docker.host,
      inChunks(({ method, url }) =>
        method === "GET" && url.includes("_state=")
          ? { kind: "answer", status: 204, headers: { range: "0-1000000" } }
          : undefined,
      ),
    );

    await push(proxy, sourceOf(randomBytes(1_000_000)));

    expect(rangesOf(proxy)).to.deep.equal(wholeRanges);
  });

  it("goes on where the registry has got to when a chunk breaks", async () => {
    await using registry = await startChunkRegistry();
    const source = sourceOf(content);
    await using proxy = await startFaultProxy(
      registry.host,
      chunk(2, { kind: "forward", cutBodyAfterBytes: 100_001 }),
    );

    await push(proxy, source);

    expect(rangesOf(proxy)).to.deep.equal([
      "0-399999",
      "400000-799999",
      "500001-900000",
      "900001-999999",
    ]);
    expect(source.opened).to.be.at.most(3);
    expect([...registry.blobs]).to.deep.equal([source.descriptor.digest]);
    expect(registry.openSessions()).to.equal(0);
  });

  it("does not send a chunk again when only the answer was lost", async () => {
    await using registry = await startChunkRegistry();
    await using proxy = await startFaultProxy(
      registry.host,
      chunk(2, { kind: "forward", loseAnswer: true }),
    );

    await push(proxy, sourceOf(content));

    expect(rangesOf(proxy)).to.deep.equal(wholeRanges);
    expect(registry.openSessions()).to.equal(0);
  });

  it("stays in its session when something before the registry fails", async () => {
    await using proxy = await startFaultProxy(
      docker.host,
      chunk(2, { kind: "answer", status: 502 }),
    );

    await push(proxy, sourceOf(randomBytes(1_000_000)));

    expect(methodsOf(proxy).filter((method) => method === "POST")).to.have.length(1);
    expect(rangesOf(proxy)).to.deep.equal([...wholeRanges.slice(0, 2), ...wholeRanges.slice(1)]);
  });

  it("begins anew when the registry has lost the session with the chunk", async () => {
    const source = sourceOf(randomBytes(1_000_000));
    await using proxy = await startFaultProxy(
      docker.host,
      chunk(2, { kind: "forward", cutBodyAfterBytes: 100_001 }),
    );

    await push(proxy, source);

    expect(methodsOf(proxy).filter((method) => method === "POST")).to.have.length(2);
    expect(rangesOf(proxy)).to.deep.equal([...wholeRanges.slice(0, 2), ...wholeRanges]);
  });

  it("finds a blob whose last answer was lost", async () => {
    await using registry = await startChunkRegistry();
    await using proxy = await startFaultProxy(
      registry.host,
      inChunks(({ method }) =>
        method === "PUT" ? { kind: "forward", loseAnswer: true } : undefined,
      ),
    );

    await push(proxy, sourceOf(content));

    expect(methodsOf(proxy).slice(-2)).to.deep.equal(["PUT", "HEAD"]);
    expect(rangesOf(proxy)).to.deep.equal(wholeRanges);
  });

  for (const status of [400, 404, 405, 501]) {
    it(`sends a blob in one request where chunks are answered ${status}, and remembers that`, async () => {
      await using proxy = await startFaultProxy(
        docker.host,
        inChunks(({ method }) => (method === "PATCH" ? { kind: "answer", status } : undefined)),
      );
      await using client = await open(proxy.host);
      const sources = [randomBytes(1_000_000), randomBytes(1_000_000)].map((bytes) =>
        sourceOf(bytes),
      );

      for (const source of sources) await client.pushBlob(at(proxy, `whole${status}`), source);

      const first = "HEAD POST PUT HEAD GET PATCH DELETE HEAD POST PUT";
      const second = "HEAD POST PUT HEAD GET PUT";
      expect(methodsOf(proxy).join(" ")).to.equal(`${first} ${second}`);
      expect(await openUploads(docker, `whole${status}`)).to.deep.equal([]);
    });
  }

  for (const status of [400, 416]) {
    it(`sends a blob in one request where the second chunk is answered ${status}`, async () => {
      await using registry = await startChunkRegistry();
      const source = sourceOf(content);
      await using proxy = await startFaultProxy(
        registry.host,
        inChunks(({ headers }) =>
          headers["content-range"]?.startsWith("400000-") === true
            ? { kind: "answer", status }
            : undefined,
        ),
      );

      await push(proxy, source);

      expect([...registry.blobs]).to.deep.equal([source.descriptor.digest]);
      expect(methodsOf(proxy).at(-1)).to.equal("PUT");
      expect(registry.openSessions()).to.equal(0);
    });
  }

  it("begins anew when the registry has forgotten the session", async () => {
    await using registry = await startChunkRegistry();
    await using proxy = await startFaultProxy(
      registry.host,
      chunk(2, { kind: "answer", status: 404 }),
    );

    await push(proxy, sourceOf(content));

    expect(rangesOf(proxy)).to.deep.equal([...wholeRanges.slice(0, 2), ...wholeRanges]);
  });

  it("gives up, and leaves no session, when a chunk never gets through", async () => {
    await using registry = await startChunkRegistry();
    await using proxy = await startFaultProxy(
      registry.host,
      inChunks(({ headers }) =>
        headers["content-range"]?.startsWith("400000-") === true ? { kind: "break" } : undefined,
      ),
    );

    const error = await errorOf(push(proxy, sourceOf(content)));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(rangesOf(proxy)).to.have.length(5);
    expect(registry.openSessions()).to.equal(0);
  });

  it("does not begin anew without end when each session is lost", async () => {
    await using proxy = await startFaultProxy(
      docker.host,
      inChunks(({ headers }) =>
        headers["content-range"]?.startsWith("400000-") === true
          ? { kind: "forward", cutBodyAfterBytes: 7 }
          : undefined,
      ),
    );

    const error = await errorOf(push(proxy, sourceOf(randomBytes(1_000_000))));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(methodsOf(proxy).filter((method) => method === "POST")).to.have.length(4);
  });

  it("sends no chunk that is shorter than the registry wants", async () => {
    await using registry = await startChunkRegistry({ leastChunkBytes: 600_000 });
    await using proxy = await startFaultProxy(registry.host, inChunks());

    await push(proxy, sourceOf(content));

    expect(rangesOf(proxy)).to.deep.equal(["0-599999", "600000-999999"]);
  });

  it("does not blame the registry for a source that ends early", async () => {
    await using registry = await startChunkRegistry();
    const source = sourceOf(content);
    source.descriptor = { ...source.descriptor, size: 1_000_001 };
    await using proxy = await startFaultProxy(registry.host, () => undefined);

    const error = await errorOf(push(proxy, source));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.include("ends after 1000000 of its 1000001 bytes");
    expect(registry.openSessions()).to.equal(0);
  });
});

const at = (proxy: FaultProxy, name: string) => parseReference(`${proxy.host}/${name}`);

function open(host: string, options: Partial<RegistryClientOptions> = {}): Promise<RegistryClient> {
  return openTestClient([host], { chunkBytes, ...options });
}

async function push({ host }: FaultProxy, source: UploadSource): Promise<void> {
  await using client = await open(host);
  await client.pushBlob(parseReference(`${host}/app`), source);
}

/** Breaks the first of each two requests that send all at once, so that chunks are sent, of which `script` decides. */
function inChunks(script: ProxyScript = () => undefined): ProxyScript {
  let wholes = 0;
  return (request, count) => {
    const isWhole = request.method === "PUT" && request.headers["content-length"] === "1000000";
    wholes += isWhole ? 1 : 0;
    return isWhole && wholes % 2 === 1 ? { kind: "break" } : script(request, count);
  };
}

/** Does something with the `number`th chunk. */
function chunk(number: number, action: ProxyAction): ProxyScript {
  let chunks = 0;
  return inChunks(({ method }) => {
    chunks += method === "PATCH" ? 1 : 0;
    return method === "PATCH" && chunks === number ? action : undefined;
  });
}

function rangesOf({ requests }: FaultProxy): readonly unknown[] {
  return requests.flatMap(({ headers }) => headers["content-range"] ?? []);
}

function methodsOf({ requests }: FaultProxy): readonly string[] {
  return requests.filter(({ url }) => url !== "/v2/").map(({ method }) => method);
}
