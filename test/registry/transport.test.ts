import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { makeCertificate } from "../support/certificates.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startHttpProxy } from "../support/http-proxy.ts";
import { openTestClient, pushTestImage, readBlob, sourceOf } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { startWebServer } from "../support/web-server.ts";

describe("registry/transport", () => {
  let directory: TemporaryDirectory;
  let certificate: string;
  let secure: DockerRegistry;
  let plain: DockerRegistry;

  before(async () => {
    directory = await makeTemporaryDirectory();
    const files = await makeCertificate(directory.path, "server", ["registry.example"]);
    certificate = files.certificate;
    secure = await startDockerRegistry({ tls: files });
    plain = await startDockerRegistry();
  });

  after(async () => {
    await plain[Symbol.asyncDispose]();
    await secure[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it("tunnels through the proxy to a registry that speaks TLS, and shows the proxy its password", async () => {
    await using proxy = await startHttpProxy(secure.host);
    await using client = await openTestClient([], {
      environment: { https_proxy: `http://me:p%40ss@${proxy.host}` },
      registries: trusting("registry.example"),
    });

    const { descriptor } = await pushTestImage(client, "registry.example/app:1", { layers: ["a"] });
    const pulled = await client.fetchManifest(parseReference("registry.example/app:1"));

    expect(pulled.descriptor).to.deep.equal(descriptor);
    expect(proxy.requests[0]).to.deep.equal({
      method: "CONNECT",
      target: "registry.example:443",
      authorization: `Basic ${btoa("me:p@ss")}`,
    });
    expect(secure.log()).not.to.include("proxy-authorization");
  });

  it("asks the proxy for what a registry in plain HTTP has", async () => {
    await using proxy = await startHttpProxy(plain.host);
    await using client = await openTestClient(["registry.example:5000"], {
      environment: { HTTP_PROXY: proxy.host },
    });

    await pushTestImage(client, "registry.example:5000/app:1", { layers: ["a"] });

    const targets = proxy.requests.map(({ target }) => target);
    expect(targets).to.include("http://registry.example:5000/v2/app/manifests/1");
    expect(proxy.requests.map(({ method }) => method)).not.to.include("CONNECT");
  });

  it("does without the proxy where it shall, and for this machine", async () => {
    await using client = await openTestClient([plain.host], {
      environment: { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" },
    });

    const { descriptor } = await pushTestImage(client, `${plain.host}/direct:1`, { layers: [] });

    const found = await client.hasManifest(
      parseReference(`${plain.host}/direct`),
      descriptor.digest,
    );
    expect(found).to.equal(true);
  });

  for (const status of [403, 407]) {
    it(`says that the proxy answered ${status}, once and without its password`, async () => {
      await using proxy = await startHttpProxy(secure.host, status);
      await using client = await openTestClient([], {
        environment: { HTTPS_PROXY: `http://me:secret@${proxy.host}` },
        registries: trusting("registry.example"),
      });

      const error = await errorOf(client.fetchManifest(parseReference("registry.example/app:1")));

      expect(error.code).to.equal("REGISTRY_UNREACHABLE");
      expect(error.message).to.include(`its proxy answered ${status}`).and.not.to.include("secret");
      expect(error.hint).to.include("HTTPS_PROXY").and.not.to.include("secret");
      expect(proxy.requests).to.have.length(1);
    });
  }

  it("keeps connections to a registry and uses them again", async () => {
    const ports = new Set<number>();
    await using registry = await startFaultProxy(plain.host, ({ port }) => {
      ports.add(port);
      return undefined;
    });
    await using client = await openTestClient([registry.host]);

    await pushTestImage(client, `${registry.host}/kept:1`, { layers: ["a", "b", "c"] });

    expect(registry.requests.length).to.be.greaterThan(10);
    // A connection is free again a little after its answer has been read.
    expect(ports.size).to.be.at.most(2);
  });

  it("gives up an answer that trickles in, but not a blob", async () => {
    const trickle = Buffer.from("grain, one by one, slowly");
    await using server = await startWebServer((request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const isBlob = request.url?.includes("/blobs/") === true;
      let sent = 0;
      const timer = setInterval(() => {
        if (isBlob && sent === trickle.length) response.end();
        else response.write(isBlob ? trickle.subarray(sent, sent + 1) : " ");
        sent += 1;
      }, 10);
      response.once("close", () => clearInterval(timer));
    });
    const timeouts = { connectMs: 5000, idleMs: 200, commitMs: 5000 };
    const retry = { attempts: 1, baseDelayMs: 1, longestDelayMs: 1 };
    await using client = await openTestClient([server.host], { timeouts, retry });
    const reference = parseReference(`${server.host}/app:1`);

    const error = await errorOf(client.fetchManifest(reference));
    const blob = await readBlob(client, reference, sourceOf(trickle).descriptor);

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.message).to.include("its answer took longer");
    expect(blob).to.equal(trickle.toString());
  });

  function trusting(host: string) {
    return { ...defaultRegistryOptions, certificates: new Map([[host, certificate]]) };
  }
});
