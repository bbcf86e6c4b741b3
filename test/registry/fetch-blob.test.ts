import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { digestOf } from "../../src/image/digest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { type ProxyScript, type SeenRequest, startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient, sourceOf } from "../support/registry-client.ts";

const content = randomBytes(3 * 1024 * 1024);
const source = sourceOf(content);
const { descriptor } = source;
const isBlob = ({ method, url }: SeenRequest): boolean =>
  method === "GET" && url.includes("/blobs/");

describe("registry/fetch-blob", () => {
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry();
    await using client = await openTestClient([registry.host]);
    await client.pushBlob(parseReference(`${registry.host}/app`), source);
  });

  after(() => registry[Symbol.asyncDispose]());

  it("goes on where the connection broke", async () => {
    await using proxy = await startFaultProxy(registry.host, (request, count) =>
      isBlob(request) && count <= 6 ? { kind: "forward", cutAfterBytes: 100_000 } : undefined,
    );

    const received = await read(proxy.host);

    const ranges = proxy.requests.filter(isBlob).map(({ headers }) => headers.range);
    expect(received.equals(content)).to.equal(true);
    expect(ranges).to.have.length(7);
    expect(ranges.slice(1).every((range) => /^bytes=[1-9][0-9]*-$/.test(range ?? ""))).to.equal(
      true,
    );
  });

  it("begins anew, and leaves out what it has, when the registry knows no ranges", async () => {
    await using proxy = await startFaultProxy(registry.host, (request, count) => {
      if (!isBlob(request)) return undefined;
      if (count === 1) return { kind: "forward", cutAfterBytes: 1_000_000 };
      return { kind: "answer", status: 200, body: content };
    });

    expect((await read(proxy.host)).equals(content)).to.equal(true);
  });

  it("gives up when no further byte comes", async () => {
    await using proxy = await startFaultProxy(registry.host, (request, count) => {
      if (!isBlob(request)) return undefined;
      return count === 1 ? { kind: "forward", cutAfterBytes: 1_000_000 } : { kind: "break" };
    });

    const error = await errorOf(read(proxy.host));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(proxy.requests.filter(isBlob)).to.have.length(5);
  });

  it("takes a body that stalls for a broken connection", async () => {
    const headers = { "content-length": content.length };
    await using proxy = await startFaultProxy(registry.host, (request, count) =>
      isBlob(request) && count === 1
        ? { kind: "answer", status: 200, headers, hang: true }
        : undefined,
    );

    expect((await read(proxy.host, { idleMs: 50 })).equals(content)).to.equal(true);
  });

  const hostile: readonly (readonly [string, ProxyScript, RegExp])[] = [
    [
      "has other content of the same length",
      whole(Buffer.alloc(content.length)),
      /does not match this digest/,
    ],
    ["is announced shorter", whole(content.subarray(1)), /has 3145727 bytes in the registry/],
    ["is announced longer", whole(Buffer.concat([content, content])), /6291456 bytes/],
    [
      "ends early without a word",
      chunked(content.subarray(1)),
      /ends after 3145727 of its 3145728/,
    ],
    [
      "does not end",
      chunked(Buffer.concat([content, content])),
      /is longer than its 3145728 bytes/,
    ],
  ];
  for (const [title, script, message] of hostile) {
    it(`refuses a blob that ${title}`, async () => {
      await using proxy = await startFaultProxy(registry.host, script);

      const error = await errorOf(read(proxy.host));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.match(message);
    });
  }

  it("refuses a part that is not the one asked for", async () => {
    await using proxy = await startFaultProxy(registry.host, (request, count) => {
      if (!isBlob(request)) return undefined;
      if (count === 1) return { kind: "forward", cutAfterBytes: 1_000_000 };
      const headers = { "content-range": `bytes 0-9/${content.length}` };
      return { kind: "answer", status: 206, headers, body: "0123456789" };
    });

    const error = await errorOf(read(proxy.host));

    expect(error.code).to.equal("REGISTRY_PROTOCOL");
  });

  it("sends no credentials along when the blob is at another host", async () => {
    await using store = await startFaultProxy(undefined, whole(content));
    await using proxy = await startFaultProxy(undefined, ({ headers, url }) => {
      const challenge = { "www-authenticate": "Basic realm=x" };
      if (headers.authorization === undefined) {
        return { kind: "answer", status: 401, headers: challenge };
      }
      const location = `http://${store.host}/store${url}`;
      return { kind: "answer", status: 307, headers: { location } };
    });
    const credentials = { kind: "basic", username: "u", password: "p" } as const;
    const found = { kind: "found", credentials, origin: "the test" } as const;
    await using client = await openTestClient([proxy.host], {
      credentials: [{ name: "the test", find: () => Promise.resolve(found) }],
    });

    const blob = await client.openBlob(parseReference(`${proxy.host}/app`), descriptor);
    const received = await buffer(blob);

    expect(received.equals(content)).to.equal(true);
    expect(proxy.requests.at(-1)?.headers).to.have.property("authorization");
    expect(store.requests.map(({ headers }) => headers.authorization)).to.deep.equal([undefined]);
  });

  it("does not follow redirects without end", async () => {
    await using proxy = await startFaultProxy(registry.host, (request) =>
      isBlob(request)
        ? { kind: "answer", status: 302, headers: { location: request.url } }
        : undefined,
    );

    const error = await errorOf(read(proxy.host));

    expect(error.code).to.equal("REGISTRY_PROTOCOL");
    expect(error.message).to.include("redirects too often");
  });

  it("ends the request when the reader goes away", async () => {
    await using proxy = await startFaultProxy(registry.host, () => undefined);
    await using client = await openTestClient([proxy.host]);
    const blob = await client.openBlob(parseReference(`${proxy.host}/app`), descriptor);

    for await (const chunk of blob) {
      expect(chunk).to.have.property("length");
      break;
    }

    expect(blob.destroyed).to.equal(true);
  });

  it("ends with the reason of the signal", async () => {
    await using client = await openTestClient([registry.host]);
    const controller = new AbortController();
    const { signal } = controller;
    const name = parseReference(`${registry.host}/app`);
    const blob = await client.openBlob(name, descriptor, { signal });
    controller.abort(new Error("enough"));

    const outcome = await buffer(blob).catch((error: unknown) => error);

    expect(outcome).to.have.property("message", "enough");
  });
});

async function read(host: string, options: { idleMs?: number } = {}): Promise<Buffer> {
  const timeouts = { connectMs: 5000, idleMs: options.idleMs ?? 5000, commitMs: 5000 };
  await using client = await openTestClient([host], { timeouts });
  return await buffer(await client.openBlob(parseReference(`${host}/app`), descriptor));
}

function whole(body: Buffer): ProxyScript {
  const headers = { "content-length": body.length };
  return (request) =>
    isBlob(request) ? { kind: "answer", status: 200, headers, body } : undefined;
}

function chunked(body: Buffer): ProxyScript {
  const headers = { "transfer-encoding": "chunked" };
  return (request) =>
    isBlob(request) ? { kind: "answer", status: 200, headers, body } : undefined;
}

describe("registry/fetch-blob with an empty blob", () => {
  it("has nothing to read", async () => {
    await using proxy = await startFaultProxy(undefined, () => ({ kind: "answer", status: 200 }));
    await using client = await openTestClient([proxy.host]);
    const empty: Descriptor = { ...descriptor, digest: digestOf(""), size: 0 };

    const blob = await client.openBlob(parseReference(`${proxy.host}/app`), empty);

    expect(await buffer(blob)).to.have.length(0);
  });
});
