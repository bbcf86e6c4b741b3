import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import type { Index } from "../../src/image/manifest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import type { Platform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { type PushedIndex, pushIndex } from "../../src/output/push-index.ts";
import type { RegistryClient, RemoteManifest } from "../../src/registry/registry-client.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { documentOf, openTestClient, pushTestImage, readBlob } from "../support/registry-client.ts";
import { digestOf, tagsOf } from "../support/registry-queries.ts";

const run = promisify(execFile);
const linux = (architecture: string): Platform => ({ os: "linux", architecture });

async function indexAt(reference: string): Promise<Index> {
  const raw = ["inspect", "--raw", "--tls-verify=false", `docker://${reference}`];
  return JSON.parse((await run("skopeo", raw)).stdout) as Index;
}

describe("output/push-index", function () {
  this.timeout(30_000);
  let here: DockerRegistry;
  let elsewhere: DockerRegistry;
  let client: RegistryClient;
  let amd64: RemoteManifest;
  let arm64: RemoteManifest;

  before(async () => {
    here = await startDockerRegistry();
    elsewhere = await startDockerRegistry();
    client = await openTestClient([here.host, elsewhere.host]);
    amd64 = await pushTestImage(client, `${here.host}/app:amd64`, {
      layers: ["common", "amd64"],
    });
    arm64 = await pushTestImage(client, `${here.host}/app:arm64`, {
      layers: ["common", "arm64"],
      platform: linux("arm64"),
    });
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
    await here[Symbol.asyncDispose]();
  });

  function join(
    manifests: readonly string[],
    destinations: readonly string[],
    annotations: ReadonlyMap<string, string> = new Map(),
  ): Promise<PushedIndex> {
    return pushIndex(
      {
        manifests: manifests.map((name) => ({ name, reference: parseReference(name) })),
        destinations: destinations.map(parseReference),
        annotations,
      },
      { client, log: silentLogger, signal: new AbortController().signal },
    );
  }

  const at = (name: string): string => `${here.host}/${name}`;

  it("joins images of one repository, in the order given, under every tag", async () => {
    const joined = await join(
      [at("app:arm64"), at(`app@${amd64.descriptor.digest}`)],
      [at("app:1"), at("app:latest")],
      new Map([["a", "1"]]),
    );

    const index = await indexAt(at("app:1"));
    expect(index).to.deep.include({ mediaType: mediaTypes.ociIndex, annotations: { a: "1" } });
    expect(index.manifests).to.deep.equal([
      { ...arm64.descriptor, platform: linux("arm64") },
      { ...amd64.descriptor, platform: linux("amd64") },
    ]);
    expect(joined.manifests).to.deep.equal([arm64.descriptor.digest, amd64.descriptor.digest]);
    expect(await indexAt(at("app:latest"))).to.deep.equal(index);
  });

  for (const architecture of ["amd64", "arm64"]) {
    it(`gives clients for ${architecture} their image`, async () => {
      const where = ["--override-arch", architecture, "inspect", "--tls-verify=false"];
      await join([at("app:arm64"), at("app:amd64")], [at("app:1")]);

      const { stdout } = await run("skopeo", [...where, `docker://${at("app:1")}`]);

      expect(JSON.parse(stdout)).to.include({ Architecture: architecture });
    });
  }

  it("gives the same bytes again", async () => {
    const first = await join([at("app:arm64"), at("app:amd64")], [at("app:a")]);
    const second = await join([at("app:arm64"), at("app:amd64")], [at("app:b")]);

    expect(second).to.deep.equal(first);
  });

  it("brings images to another repository and another registry, with all their blobs", async () => {
    await pushTestImage(client, `${elsewhere.host}/s390x:1`, {
      layers: ["s390x"],
      platform: linux("s390x"),
    });

    const joined = await join(
      [at("app:amd64"), `${elsewhere.host}/s390x:1`],
      [at("joined:1"), `${elsewhere.host}/joined:1`],
    );

    for (const host of [here.host, elsewhere.host]) {
      const layers = await Promise.all(
        joined.manifests.map(async (digest) => {
          const reference = { registry: host, path: "joined", digest };
          const manifest = JSON.parse((await client.fetchManifest(reference)).bytes.toString()) as {
            layers: RemoteManifest["descriptor"][];
          };
          return Promise.all(manifest.layers.map((layer) => readBlob(client, reference, layer)));
        }),
      );
      expect(layers).to.deep.equal([["common", "amd64"], ["s390x"]]);
      expect(await tagsOf(host, "joined")).to.deep.equal(["1"]);
    }
    const mounted = /POST.*\/v2\/joined\/blobs\/uploads\/\?mount=\S*from=app.*status=201/;
    expect(mounted.test(here.log()), "a blob was mounted").to.equal(true);
  });

  it("takes the images of indexes, without attestations, each once", async () => {
    const attestation = {
      ...amd64.descriptor,
      platform: { os: "unknown", architecture: "unknown" },
    };
    const index = documentOf(mediaTypes.ociIndex, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...arm64.descriptor, platform: linux("arm64") }, attestation],
    });
    await client.putManifest(parseReference(at("app:index")), index);

    const joined = await join([at("app:amd64"), at("app:index"), at("app:arm64")], [at("app:2")]);

    expect(joined.manifests).to.deep.equal([amd64.descriptor.digest, arm64.descriptor.digest]);
  });

  it("names both images that are for one platform, and leaves the tag alone", async () => {
    await pushTestImage(client, at("other:1"), { layers: ["other"] });

    const error = await errorOf(join([at("app:amd64"), at("other:1")], [at("app:conflict")]));

    expect(error.code).to.equal("USAGE_CONFLICT");
    expect(error.message).to.include(at("app:amd64")).and.include(at("other:1"));
    expect(await tagsOf(here.host, "app")).to.not.include("conflict");
  });

  it("makes a manifest list of Docker's images", async () => {
    const docker = ["copy", "--format=v2s2", "--src-tls-verify=false", "--dest-tls-verify=false"];
    await run("skopeo", [...docker, `docker://${at("app:arm64")}`, `docker://${at("docker:1")}`]);

    await join([at("docker:1")], [at("docker:list")]);

    const { mediaType, manifests } = await indexAt(at("docker:list"));
    expect(mediaType).to.equal(mediaTypes.dockerIndex);
    expect(manifests.map(({ digest }) => digest)).to.deep.equal([
      await digestOf(here.host, "docker", "1"),
    ]);
  });

  it("refuses an index of nothing", async () => {
    expect((await errorOf(join([], [at("app:3")]))).code).to.equal("USAGE_CONFLICT");
  });
});
