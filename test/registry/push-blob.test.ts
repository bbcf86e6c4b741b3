import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { expect } from "chai";
import { ImageError } from "../../src/errors/image-error.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { RegistryClientOptions } from "../../src/registry/create-registry-client.ts";
import type { UploadOutcome, UploadSource } from "../../src/registry/registry-client.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { type SeenRequest, startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient, readBlob, sourceOf } from "../support/registry-client.ts";

const user = { kind: "basic", username: "ci", password: "secret" } as const;

const isUpload = ({ method }: SeenRequest): boolean => method === "PUT";

describe("registry/push-blob", () => {
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry();
  });

  after(() => registry[Symbol.asyncDispose]());

  it("sends the blob again, from its start, when the connection breaks", async () => {
    const source = sourceOf(randomBytes(2_000_000));
    let puts = 0;
    await using proxy = await startFaultProxy(registry.host, (request) => {
      puts += isUpload(request) ? 1 : 0;
      return isUpload(request) && puts <= 2 ? { kind: "break" } : undefined;
    });

    const outcome = await push(proxy.host, source);

    expect(outcome).to.equal("uploaded");
    expect(source.opened).to.equal(3);
  });

  it("does not send it again when only the answer was lost", async () => {
    const source = sourceOf("answer lost");
    await using proxy = await startFaultProxy(registry.host, (request) =>
      isUpload(request) ? { kind: "forward", loseAnswer: true } : undefined,
    );

    const outcome = await push(proxy.host, source);

    expect(outcome).to.equal("uploaded");
    expect(source.opened).to.equal(1);
  });

  it("waits as long as the registry asks for, and goes on", async () => {
    const warnings: unknown[] = [];
    const log = { ...silentLogger, warn: (...message: unknown[]) => void warnings.push(message) };
    const source = sourceOf("patience");
    let posts = 0;
    await using proxy = await startFaultProxy(registry.host, ({ method }) => {
      posts += method === "POST" ? 1 : 0;
      return method === "POST" && posts === 1
        ? { kind: "answer", status: 429, headers: { "retry-after": "0" } }
        : undefined;
    });

    const outcome = await push(proxy.host, source, { log });

    expect(outcome).to.equal("uploaded");
    expect(warnings).to.have.length(1);
  });

  it("gives up at once when the registry asks for more patience than there is", async () => {
    await using proxy = await startFaultProxy(undefined, () => ({
      kind: "answer",
      status: 429,
      headers: { "retry-after": "3600" },
    }));

    const error = await errorOf(push(proxy.host, sourceOf("x")));

    expect(error.code).to.equal("REGISTRY_UNAVAILABLE");
    expect(error.message).to.include("429");
    expect(error.retryable).to.equal(true);
  });

  it("gives up when the registry stays unwell", async () => {
    await using proxy = await startFaultProxy(registry.host, (request) =>
      isUpload(request) ? { kind: "answer", status: 502, body: "<h1>Bad gateway</h1>" } : undefined,
    );
    const source = sourceOf("never taken");

    const error = await errorOf(push(proxy.host, source));

    expect(error.code).to.equal("REGISTRY_UNAVAILABLE");
    expect(error.message).to.include("502 <h1>Bad gateway</h1>");
    expect(source.opened).to.equal(4);
  });

  it("starts another upload when the registry has lost the first", async () => {
    const source = sourceOf("lost session");
    const lost = JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN", message: "unknown" }] });
    let puts = 0;
    await using proxy = await startFaultProxy(registry.host, (request) => {
      puts += isUpload(request) ? 1 : 0;
      return isUpload(request) && puts === 1
        ? { kind: "answer", status: 404, body: lost }
        : undefined;
    });

    expect(await push(proxy.host, source)).to.equal("uploaded");
    expect(source.opened).to.equal(2);
  });

  for (const relative of [true, false]) {
    it(`understands ${relative ? "a relative" : "an absolute"} address, and keeps its query`, async () => {
      await using proxy = await startFaultProxy(undefined, ({ method, headers }) => {
        if (method === "HEAD") return { kind: "answer", status: 404 };
        const location = `${relative ? "" : `http://${headers.host}`}/session/1?state=a%2Fb+c`;
        if (method === "POST") return { kind: "answer", status: 202, headers: { location } };
        return { kind: "answer", status: 201 };
      });
      const source = sourceOf("somewhere");

      await push(proxy.host, source);

      const digest = encodeURIComponent(source.descriptor.digest);
      expect(proxy.requests.at(-1)).to.include({
        method: "PUT",
        url: `/session/1?state=a%2Fb+c&digest=${digest}`,
      });
    });
  }

  it("sends no credentials along when the upload goes to another host", async () => {
    await using store = await startFaultProxy(undefined, () => ({ kind: "answer", status: 201 }));
    const location = `http://${store.host}/session`;
    await using closed = await startDockerRegistry({ basic: user });
    await using proxy = await startFaultProxy(closed.host, ({ method, headers }) =>
      method === "POST" && headers.authorization !== undefined
        ? { kind: "answer", status: 202, headers: { location } }
        : undefined,
    );
    const find = () =>
      Promise.resolve({ kind: "found", credentials: user, origin: "the test" } as const);

    await push(proxy.host, sourceOf("moved"), { credentials: [{ name: "the test", find }] });

    const authorizations = [proxy, store].map(({ requests }) =>
      requests.some(({ headers }) => headers.authorization !== undefined),
    );
    expect(authorizations).to.deep.equal([true, false]);
  });

  it("says that an upload without an address breaks the protocol", async () => {
    await using proxy = await startFaultProxy(undefined, ({ method }) => ({
      kind: "answer",
      status: method === "HEAD" ? 404 : 202,
    }));

    const error = await errorOf(push(proxy.host, sourceOf("x")));

    expect(error.code).to.equal("REGISTRY_PROTOCOL");
  });

  it("breaks off an upload that the registry does not take", async () => {
    await using proxy = await startFaultProxy(registry.host, (request) =>
      isUpload(request) ? { kind: "stall" } : undefined,
    );
    const timeouts = { connectMs: 5000, idleMs: 100, commitMs: 60_000 };

    const chunks = Array.from({ length: 500 }, () => Buffer.alloc(64 * 1024));
    const source = sourceOf(Buffer.concat(chunks));
    source.open = () => Promise.resolve(Readable.from(chunks));

    const error = await errorOf(push(proxy.host, source, { timeouts }));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.message).to.include("nothing could be sent");
  });

  it("closes a source that was never read", async () => {
    const sources: Readable[] = [];
    const source = sourceOf("never read");
    source.open = () => {
      const stream = Readable.from([Buffer.from("never read")]);
      sources.push(stream);
      return Promise.resolve(stream);
    };
    await using proxy = await startFaultProxy(registry.host, (request) =>
      isUpload(request) ? { kind: "answer", status: 307, headers: { location: "x" } } : undefined,
    );
    const error = await errorOf(push(proxy.host, source));

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(sources.map(({ destroyed }) => destroyed)).to.deep.equal([true]);
  });

  it("does not blame the registry for a source that fails", async () => {
    const broken = sourceOf("broken source");
    const gone = sourceOf("gone source");
    const fault = new ImageError("IMAGE_MALFORMED", "the base layer is damaged");
    broken.open = () => Promise.resolve(Readable.from(failing(fault)));
    gone.open = () => Promise.resolve(createReadStream("/absent"));

    const error = await errorOf(push(registry.host, broken));
    const other = await errorOf(push(registry.host, gone));

    expect(error).to.equal(fault);
    expect(other.code).to.equal("FILESYSTEM_FAILED");
  });

  it("uploads where mounting is refused", async () => {
    const source = sourceOf("refused mount");
    await using proxy = await startFaultProxy(registry.host, ({ url }) =>
      url.includes("mount=") ? { kind: "answer", status: 405 } : undefined,
    );
    await using client = await openTestClient([proxy.host]);

    const outcome = await client.pushBlob(parseReference(`${proxy.host}/refused`), source, {
      mountFrom: [parseReference(`${proxy.host}/from`)],
    });

    expect(outcome).to.equal("uploaded");
    expect(
      await readBlob(client, parseReference(`${proxy.host}/refused`), source.descriptor),
    ).to.equal("refused mount");
  });

  it("says that a registry is read-only", async () => {
    await using readOnly = await startDockerRegistry({ readOnly: true });

    const error = await errorOf(push(readOnly.host, sourceOf("x")));

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(error.message).to.include("405");
  });
});

async function push(
  host: string,
  source: UploadSource,
  options: Partial<RegistryClientOptions> = {},
): Promise<UploadOutcome> {
  await using client = await openTestClient([host], options);
  return await client.pushBlob(parseReference(`${host}/app`), source);
}

function* failing(error: Error): Generator<Buffer> {
  yield Buffer.from("b");
  throw error;
}
