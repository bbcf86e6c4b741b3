import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { readHostSettings } from "../../src/registry/host-settings.ts";
import {
  defaultRegistryOptions,
  type RegistryOptions,
} from "../../src/registry/registry-options.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { openTestClient, pushTestImage } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("registry/host-settings", () => {
  let directory: TemporaryDirectory;
  let server: CertificateFiles;
  let person: CertificateFiles;
  let registry: DockerRegistry;
  let strict: DockerRegistry;

  before(async () => {
    directory = await makeTemporaryDirectory();
    server = await makeCertificate(directory.path, "server");
    person = await makeCertificate(directory.path, "person");
    registry = await startDockerRegistry({ tls: server });
    strict = await startDockerRegistry({ tls: { ...server, clientAuthority: person.certificate } });
  });

  after(async () => {
    await strict[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it("does not trust a certificate of its own authority, and names the flags that help", async () => {
    const error = await errorOf(push(registry, {}));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.message).to.include(`cannot trust the certificate of ${registry.host}`);
    expect(error.hint).to.include("--registry-certificate").and.to.include("--skip-tls-verify");
    expect(error.retryable).to.equal(false);
  });

  const accepted: readonly (readonly [string, () => Partial<RegistryOptions>])[] = [
    [
      "its authority is given",
      () => ({ certificates: new Map([[registry.host, server.certificate]]) }),
    ],
    ["the host is not verified", () => ({ skipTlsVerifyRegistries: [registry.host] })],
    ["no host is verified", () => ({ skipTlsVerifyPull: true, skipTlsVerifyPush: true })],
    [
      "it may be insecure and unverified",
      () => ({
        insecureRegistries: [registry.host],
        skipTlsVerifyRegistries: [registry.host],
      }),
    ],
  ];
  for (const [title, options] of accepted) {
    it(`speaks HTTPS when ${title}`, async () => {
      await push(registry, options());
    });
  }

  it("keeps pushing and pulling apart", async () => {
    const error = await errorOf(push(registry, { skipTlsVerifyPull: true }));

    expect(error.message).to.include("cannot trust the certificate");
  });

  it("shows a client certificate", async () => {
    await push(strict, {
      certificates: new Map([[strict.host, server.certificate]]),
      clientCertificates: new Map([[strict.host, person]]),
    });
  });

  it("takes authorities and a client's certificate for all hosts from a directory", async () => {
    const certificateDirectory = directory.join("certificates");
    await mkdir(certificateDirectory);
    await copyFile(server.certificate, directory.join("certificates", "service-ca.crt"));
    const trusting = { certificateDirectory };

    await push(registry, trusting);
    const refused = await errorOf(push(strict, trusting));
    await copyFile(person.certificate, directory.join("certificates", "client.cert"));
    await copyFile(person.key, directory.join("certificates", "client.key"));
    await push(strict, trusting);

    expect(refused.hint).to.include("--registry-client-cert");
  });

  it("names the flag when a registry wants a client certificate", async () => {
    const options = { certificates: new Map([[strict.host, server.certificate]]) };

    const error = await errorOf(push(strict, options));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.hint).to.include("--registry-client-cert");
  });

  it("speaks plain HTTP only when that is permitted", async () => {
    await using plain = await startDockerRegistry();

    const error = await errorOf(push(plain, {}));
    await push(plain, { insecureRegistries: [plain.host] });
    await push(plain, { insecurePush: true, insecurePull: true });

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.hint).to.include(`--insecure-registry=${plain.host}`);
  });

  it("knows a host by each of its spellings", async () => {
    const insecureRegistries = ["Registry.test:443", "index.docker.io"];
    const settingsOf = await readHostSettings({ ...defaultRegistryOptions, insecureRegistries });

    const hosts = ["registry.test", "REGISTRY.test:443", "docker.io", "registry-1.docker.io"];
    expect(hosts.map((host) => settingsOf(host, "pull").plainHttp)).to.not.include(false);
    expect(settingsOf("registry.test:5000", "pull").plainHttp).to.equal(false);
  });

  it("refuses certificate files that are none, before anything is sent", async () => {
    const text = directory.join("text");
    const broken = directory.join("broken");
    await writeFile(text, "hello");
    await writeFile(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

    for (const file of [text, broken, directory.join("absent")]) {
      const error = await errorOf(push(registry, { certificates: new Map([["a.test", file]]) }));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.message).to.include(file);
    }
  });
});

async function push(to: DockerRegistry, options: Partial<RegistryOptions>): Promise<void> {
  await using client = await openTestClient([], {
    registries: { ...defaultRegistryOptions, ...options },
  });
  const name = `${to.host}/app:1`;
  await pushTestImage(client, name, { layers: [] });
  await client.fetchManifest(parseReference(name));
}
