import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import type { RegistryClientOptions } from "../../src/registry/create-registry-client.ts";
import type { Credentials, CredentialsSource } from "../../src/registry/credentials/credentials.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { type Nginx, startNginx } from "../support/nginx.ts";
import { openTestClient, pushTestImage, readBlob, sourceOf } from "../support/registry-client.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

const user = { username: "ci", password: "secret" } as const;
const credentials: Credentials = { kind: "basic", ...user };
const source: CredentialsSource = {
  name: "the test",
  find: () => Promise.resolve({ kind: "found", credentials, origin: "the test" }),
};

/** The registry of the tests behind nginx from Debian, as it stands in front of many registries. */
describe("registry/behind-nginx", function () {
  this.timeout(30_000);
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry({ basic: user });
  });

  after(() => registry[Symbol.asyncDispose]());

  it("follows blobs to another host, and keeps its password to itself", async () => {
    await using store = await startNginx({
      server: `
        location ~ ^/store/((..).*)$ {
          alias ${registry.directory}/docker/registry/v2/blobs/sha256/$2/$1/data;
        }`,
    });
    await using front = await startNginx({
      server: `
        location ~ ^/v2/.*/blobs/sha256:(.*)$ {
          if ($request_method = GET) { return 307 http://${store.host}/store/$1; }
          ${passTo(registry)}
        }
        location / { ${passTo(registry)} }`,
    });
    await using client = await open(front);
    await pushTestImage(client, `${front.host}/moved:1`, { layers: ["moved"] });

    const blob = await readBlob(client, at(front, "moved"), sourceOf("moved").descriptor);

    const asked = (await store.log()).filter((line) => line.includes("/store/"));
    expect(blob).to.equal("moved");
    expect(asked).to.have.length(1);
    expect(asked[0]).to.match(/^200 GET .* - HTTP\/1.1$/);
  });

  it("comes again where nginx answers 429 to those who ask too often", async () => {
    await using front = await startNginx({
      http: "limit_req_zone $binary_remote_addr zone=all:1m rate=10r/s; limit_req_status 429;",
      server: `limit_req zone=all burst=4 nodelay; location / { ${passTo(registry)} }`,
    });
    await using client = await open(front, {
      retry: { attempts: 10, baseDelayMs: 100, longestDelayMs: 1000 },
    });

    await pushTestImage(client, `${front.host}/often:1`, { layers: ["a", "b", "c"] });

    expect(await client.fetchManifest(at(front, "often:1"))).to.be.an("object");
    expect((await front.log()).some((line) => line.startsWith("429 "))).to.equal(true);
  });

  it("comes again where one of the registries behind nginx is down", async () => {
    await using front = await startNginx({
      http: `upstream both { server ${registry.host} weight=4 max_fails=0; server 127.0.0.1:1 max_fails=0; }`,
      server: `proxy_next_upstream off; location / { ${passTo({ host: "both" })} }`,
    });
    await using client = await open(front);

    await pushTestImage(client, `${front.host}/half:1`, { layers: ["a", "b", "c"] });

    expect(await client.fetchManifest(at(front, "half:1"))).to.be.an("object");
    expect((await front.log()).some((line) => line.startsWith("502 "))).to.equal(true);
  });

  it("comes again where nginx ends connections without an answer", async () => {
    await using front = await startNginx({
      http: 'split_clients "$connection $connection_requests" $fate { 30% cut; * pass; }',
      server: `if ($fate = cut) { return 444; } location / { ${passTo(registry)} }`,
    });
    await using client = await open(front, {
      retry: { attempts: 10, baseDelayMs: 1, longestDelayMs: 100 },
    });

    await pushTestImage(client, `${front.host}/cut:1`, { layers: ["a", "b", "c"] });

    expect(await client.fetchManifest(at(front, "cut:1"))).to.be.an("object");
    expect((await front.log()).some((line) => line.startsWith("444 "))).to.equal(true);
  });

  it("goes on with the upload when the connection to nginx breaks in a chunk", async () => {
    const blob = sourceOf(randomBytes(1_000_000));
    await using front = await startNginx({ server: `location / { ${passTo(registry)} }` });
    const limits = [350_000, 350_000];
    await using line = await startCuttingProxy(front.host, () => limits.shift() ?? Infinity);
    await using client = await open(line, { chunkBytes: 300_000 });

    await client.pushBlob(at(line, "goes-on"), blob);

    const log = await front.log();
    expect(line.cuts()).to.be.at.least(1);
    expect(log.filter((each) => each.startsWith("202 POST"))).to.have.length(1);
    expect(log.some((each) => /^204 GET .*_state=/.test(each))).to.equal(true);
  });

  it("sends chunks where nginx takes no large bodies", async () => {
    await using front = await startNginx({
      server: `client_max_body_size 400k; location / { ${passTo(registry)} }`,
    });
    await using inChunks = await open(front, { chunkBytes: 300_000 });
    await using whole = await open(front);
    const blob = sourceOf(randomBytes(1_000_000));

    const error = await errorOf(whole.pushBlob(at(front, "large"), blob));
    const outcome = await inChunks.pushBlob(at(front, "large"), blob);

    expect(error.code).to.be.oneOf(["REGISTRY_REJECTED", "REGISTRY_UNREACHABLE"]);
    expect(outcome).to.equal("uploaded");
  });

  it("goes on in HTTP/2 where nginx ends connections after a few requests and cuts others", async () => {
    await using directory = await makeTemporaryDirectory();
    const tls = await makeCertificate(directory.path, "nginx");
    await using front = await startNginx({
      tls,
      http2: true,
      http: 'split_clients "$connection $connection_requests" $fate { 10% cut; * pass; }',
      server: `
        keepalive_requests 7;
        if ($fate = cut) { return 444; }
        location / { ${passTo(registry)} }`,
    });
    await using client = await open(front, {
      retry: { attempts: 10, baseDelayMs: 1, longestDelayMs: 100 },
      registries: {
        ...defaultRegistryOptions,
        certificates: new Map([[front.host, tls.certificate]]),
      },
    });
    const names = Array.from({ length: 10 }, (_, index) => `${front.host}/http2-${index}:1`);

    await Promise.all(names.map((name) => pushTestImage(client, name, { layers: ["a", "b"] })));
    const found = await Promise.all(
      names.map((name) => client.fetchManifest(parseReference(name))),
    );

    const log = (await front.log()).filter((line) => line.includes(" /v2/"));
    expect(found).to.have.length(names.length);
    expect(log.every((line) => line.endsWith(" HTTP/2.0"))).to.equal(true);
    expect(log.some((line) => line.startsWith("444 "))).to.equal(true);
  });

  it("stays with HTTPS where the registry does not know that nginx speaks it", async () => {
    await using directory = await makeTemporaryDirectory();
    const tls = await makeCertificate(directory.path, "nginx");
    await using front = await startNginx({ tls, server: `location / { ${passTo(registry)} }` });
    await using client = await open(front, {
      registries: {
        ...defaultRegistryOptions,
        certificates: new Map([[front.host, tls.certificate]]),
      },
    });

    await pushTestImage(client, `${front.host}/tls:1`, { layers: ["a"] });

    expect(await client.fetchManifest(at(front, "tls:1"))).to.be.an("object");
  });
});

function passTo({ host }: { readonly host: string }): string {
  return `proxy_pass http://${host}; proxy_set_header Host $http_host;`;
}

function at({ host }: Pick<Nginx, "host">, name: string) {
  return parseReference(`${host}/${name}`);
}

function open(
  { host }: Pick<Nginx, "host">,
  options: Partial<RegistryClientOptions> = {},
): Promise<RegistryClient> {
  return openTestClient([host], { credentials: [source], ...options });
}
