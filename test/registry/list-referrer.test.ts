import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { referrersTag } from "../../src/image/referrers.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { RegistryClient, RemoteManifest } from "../../src/registry/registry-client.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { documentOf, openTestClient, pushTestImage, sourceOf } from "../support/registry-client.ts";
import { tagsOf } from "../support/registry-queries.ts";

// Debian's docker-registry lists no referrers itself.
describe("registry/list-referrer", () => {
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry();
  });

  after(() => registry[Symbol.asyncDispose]());

  it("lists what refers to an image, each once, where the registry does not", async () => {
    await using client = await openTestClient([registry.host]);
    const image = await pushTestImage(client, `${registry.host}/app:1`, { layers: ["one"] });
    const referrers = [
      await refer({ client, host: registry.host }, image, "first"),
      await refer({ client, host: registry.host }, image, "second"),
    ];
    await refer({ client, host: registry.host }, image, "first");

    const tag = referrersTag(image.descriptor.digest);
    const list = await client.fetchManifest(parseReference(`${registry.host}/app:${tag}`));

    expect(list.descriptor.mediaType).to.equal(mediaTypes.ociIndex);
    expect(JSON.parse(list.bytes.toString())).to.deep.equal({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: ["first", "second"].map((text, at) => ({
        ...referrers[at]?.descriptor,
        artifactType: "application/vnd.example",
        annotations: { text },
      })),
    });
  });

  it("leaves it to a registry that does", async () => {
    await using proxy = await startFaultProxy(registry.host, ({ method, url }) =>
      method === "PUT" && url.includes("/manifests/sha256:")
        ? { kind: "answer", status: 201, headers: { "oci-subject": "sha256:0" } }
        : undefined,
    );
    await using client = await openTestClient([proxy.host]);
    const image = await pushTestImage(client, `${proxy.host}/app:2`, { layers: ["two"] });

    await refer({ client, host: proxy.host }, image, "first");

    const tag = referrersTag(image.descriptor.digest);
    expect(proxy.requests.filter(({ url }) => url.includes(tag))).to.deep.equal([]);
  });

  it("warns of a tag that names something else than a list, and leaves it alone", async () => {
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    await using client = await openTestClient([registry.host], { log });
    const image = await pushTestImage(client, `${registry.host}/app:3`, { layers: ["three"] });
    const list = parseReference(`${registry.host}/app:${referrersTag(image.descriptor.digest)}`);
    await client.putManifest(list, image);

    await refer({ client, host: registry.host }, image, "first");

    expect(warnings).to.have.lengthOf(1);
    expect((await client.fetchManifest(list)).descriptor.digest).to.equal(image.descriptor.digest);
    expect(await tagsOf(registry.host, "app")).to.include(list.tag);
  });
});

interface Target {
  readonly client: RegistryClient;
  readonly host: string;
}

/** Pushes to `app` what says something of `image`, and gives it. */
async function refer(
  { client, host }: Target,
  image: RemoteManifest,
  text: string,
): Promise<RemoteManifest> {
  const repository = { registry: host, path: "app" };
  const config = sourceOf("{}", "application/vnd.oci.empty.v1+json");
  await client.pushBlob(repository, config);
  const manifest = documentOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: "application/vnd.example",
    config: config.descriptor,
    layers: [],
    subject: image.descriptor,
    annotations: { text },
  });
  await client.putManifest(repository, manifest);
  return manifest;
}
