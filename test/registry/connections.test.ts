import { randomBytes } from "node:crypto";
import { constants } from "node:http2";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import type { RegistryClientOptions } from "../../src/registry/create-registry-client.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { startHttpProxy } from "../support/http-proxy.ts";
import {
  type FrontRequest,
  type Http2Front,
  type Http2FrontOptions,
  startHttp2Front,
} from "../support/http2-front.ts";
import { openTestClient, pushTestImage, readBlob, sourceOf } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

/** The registry of the tests behind a server that offers HTTP/2. */
describe("registry/connections", () => {
  let directory: TemporaryDirectory;
  let registry: DockerRegistry;
  let tls: CertificateFiles;
  const blob = sourceOf(randomBytes(1_000_000).toString("base64"));

  before(async () => {
    directory = await makeTemporaryDirectory();
    registry = await startDockerRegistry();
    tls = await makeCertificate(directory.path, "front", ["registry.example"]);
  });

  after(async () => {
    await registry[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it("speaks HTTP/2 where it is offered, but sends and fetches blobs in HTTP/1.1", async () => {
    await using front = await start();
    await using client = await trusting(front.host);
    const app = parseReference(`${front.host}/app`);

    await pushTestImage(client, `${front.host}/app:1`, { layers: ["a"] });
    await client.pushBlob(app, blob);
    await client.fetchManifest(parseReference(`${front.host}/app:1`));
    await readBlob(client, app, blob.descriptor);

    const isLong = ({ method, url }: FrontRequest): boolean =>
      url.includes(`digest=${encodeURIComponent(blob.descriptor.digest)}`) ||
      isRead({ method, url });
    const long = front.requests.filter(isLong);
    const short = front.requests.filter((request) => !isLong(request));
    expect(versionsOf(long)).to.deep.equal(["1.1"]);
    expect(long).to.have.length(2);
    expect(versionsOf(short)).to.deep.equal(["2.0"]);
    expect(short.map(({ method }) => method)).to.include.members(["HEAD", "POST", "PUT", "GET"]);
  });

  it("sends short requests at the same time over one connection", async () => {
    await using front = await start();
    await using client = await trusting(front.host);

    const names = Array.from({ length: 12 }, (_, index) => `${front.host}/app${index}:1`);
    await Promise.all(names.map((name) => pushTestImage(client, name, { layers: ["a", "b"] })));

    const ports = new Set(front.requests.map(({ port }) => port));
    expect(versionsOf(front.requests)).to.deep.equal(["2.0"]);
    expect(ports.size).to.equal(1);
  });

  it("speaks HTTP/2 alone where the server does", async () => {
    await using front = await start({ only: true });
    await using client = await trusting(front.host);
    const app = parseReference(`${front.host}/app`);

    await client.pushBlob(app, blob);
    const read = await readBlob(client, app, blob.descriptor);

    expect(read === (await contentOf(blob))).to.equal(true);
    expect(versionsOf(front.requests)).to.deep.equal(["2.0"]);
  });

  it("speaks HTTP/2 through the tunnel of a proxy", async () => {
    await using front = await start();
    await using proxy = await startHttpProxy(front.host);
    await using client = await trusting("registry.example", {
      environment: { HTTPS_PROXY: `http://${proxy.host}` },
    });

    await client.pushBlob(parseReference("registry.example/tunnel"), blob);

    expect(versionsOf(front.requests)).to.deep.equal(["1.1", "2.0"]);
    expect(proxy.requests.map(({ method }) => method)).to.deep.equal(["CONNECT", "CONNECT"]);
  });

  it("connects anew where the server takes no more requests on a connection", async () => {
    await using front = await start({ faultOf: () => ({ kind: "go-away" }) });
    await using client = await trusting(front.host);

    const names = ["a", "b", "c", "d"].map((name) => `${front.host}/${name}:1`);
    await Promise.all(names.map((name) => pushTestImage(client, name, { layers: ["a"] })));

    const found = await Promise.all(
      names.map((name) => client.fetchManifest(parseReference(name))),
    );
    expect(found).to.have.length(4);
  });

  it("goes on with a blob where HTTP/2 does not tell that it was cut", async () => {
    let cuts = 0;
    await using front = await start({
      only: true,
      faultOf: ({ method, url }) => {
        if (!isRead({ method, url }) || cuts === 3) return undefined;
        cuts += 1;
        const code = cuts === 1 ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL;
        return { kind: "reset", code, afterBytes: 200_000, withoutLength: true };
      },
    });
    await using client = await trusting(front.host);
    const app = parseReference(`${front.host}/cut`);
    await client.pushBlob(app, blob);

    const read = await readBlob(client, app, blob.descriptor);

    expect(read === (await contentOf(blob))).to.equal(true);
    expect(front.requests.filter(isRead)).to.have.length(4);
  });

  it("uploads again where the stream of an upload was reset", async () => {
    let resets = 0;
    await using front = await start({
      only: true,
      faultOf: ({ method }) => {
        if (method !== "PUT" || resets === 2) return undefined;
        resets += 1;
        return { kind: "reset", code: constants.NGHTTP2_INTERNAL_ERROR, afterBytes: undefined };
      },
    });
    await using client = await trusting(front.host);

    await pushTestImage(client, `${front.host}/reset:1`, { layers: ["reset"] });

    expect(await client.fetchManifest(parseReference(`${front.host}/reset:1`))).to.be.an("object");
    expect(resets).to.equal(2);
  });

  function start(options: Partial<Http2FrontOptions> = {}): Promise<Http2Front> {
    return startHttp2Front({ target: registry.host, tls, ...options });
  }

  function trusting(
    host: string,
    options: Partial<RegistryClientOptions> = {},
  ): Promise<RegistryClient> {
    const certificates = new Map([[host, tls.certificate]]);
    return openTestClient([], {
      registries: { ...defaultRegistryOptions, certificates },
      ...options,
    });
  }
});

function isRead({ method, url }: Pick<FrontRequest, "method" | "url">): boolean {
  return method === "GET" && url.includes("/blobs/sha256:");
}

function versionsOf(requests: Http2Front["requests"]): readonly string[] {
  return [...new Set(requests.map(({ version }) => version))].toSorted();
}

async function contentOf(source: ReturnType<typeof sourceOf>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await source.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
