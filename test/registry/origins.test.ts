import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient, pushTestImage } from "../support/registry-client.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

describe("registry/origins", () => {
  it("asks the loopback interface over plain HTTP first, and only once", async () => {
    await using registry = await startDockerRegistry();
    await using proxy = await startFaultProxy(registry.host, () => undefined);
    await using client = await openTestClient([proxy.host]);

    await pushTestImage(client, `${proxy.host}/app:1`, { layers: ["x"] });

    const probes = proxy.requests.filter(({ url }) => url === "/v2/");
    expect(probes).to.have.length(1);
  });

  it("finds plain HTTP elsewhere when nobody speaks TLS there", async () => {
    await using registry = await startDockerRegistry();
    const host = elsewhere(registry.host);
    await using client = await openTestClient([host]);

    await pushTestImage(client, `${host}/app:1`, { layers: ["x"] });

    await client.fetchManifest(parseReference(`${host}/app:1`));
  });

  it("prefers HTTPS elsewhere, and does not avoid a certificate by plain HTTP", async () => {
    await using directory = await makeTemporaryDirectory();
    const tls = await makeCertificate(directory.path, "server");
    await using registry = await startDockerRegistry({ tls });
    const host = elsewhere(registry.host);
    const insecure = { ...defaultRegistryOptions, insecureRegistries: [host] };
    const unverified = { ...insecure, skipTlsVerifyRegistries: [host] };
    await using strict = await openTestClient([], { registries: insecure });
    await using lax = await openTestClient([], { registries: unverified });

    const error = await errorOf(pushTestImage(strict, `${host}/app:1`, { layers: [] }));
    await pushTestImage(lax, `${host}/app:1`, { layers: [] });

    expect(error.message).to.include("cannot trust the certificate");
  });

  it("asks again when the registry was not there at first", async () => {
    let asked = 0;
    await using proxy = await startFaultProxy(undefined, () => {
      asked += 1;
      return asked <= 2 ? { kind: "break" } : { kind: "answer", status: 404 };
    });
    await using client = await openTestClient([proxy.host]);

    const error = await errorOf(client.fetchManifest(parseReference(`${proxy.host}/app:1`)));

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
  });
});

/** The same server by an address that does not look like the loopback interface. */
function elsewhere(host: string): string {
  return host.replace("127.0.0.1", "0.0.0.0");
}
