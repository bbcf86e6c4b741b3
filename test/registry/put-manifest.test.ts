import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { documentOf, openTestClient } from "../support/registry-client.ts";

/** What registries say of a tag that exists and cannot be changed. */
const refusals: readonly (readonly [string, number, string])[] = [
  [
    "Amazon ECR",
    400,
    '{"errors":[{"code":"TAG_INVALID","message":"The image tag \'1\' already exists in the \'app\' repository and cannot be overwritten because the tag is immutable."}]}',
  ],
  [
    "Artifact Registry",
    400,
    '{"errors":[{"code":"MANIFEST_INVALID","message":"cannot update tag 1. The repository has enabled tag immutability"}]}',
  ],
  [
    "Harbor",
    412,
    '{"errors":[{"code":"PRECONDITION","message":"Failed to process request due to \'app:1\' configured as immutable."}]}',
  ],
];

describe("registry/put-manifest", () => {
  let registry: DockerRegistry;

  before(async () => {
    registry = await startDockerRegistry();
  });

  after(() => registry[Symbol.asyncDispose]());

  for (const [name, status, body] of refusals) {
    it(`stores the manifest by its digest where ${name} keeps the tag and that is to be ignored`, async () => {
      await using proxy = await refusing("/manifests/1", { status, body });
      const warnings: string[] = [];
      await using client = await openTestClient([proxy.host], {
        registries: {
          ...defaultRegistryOptions,
          insecureRegistries: [proxy.host],
          ignoresImmutableTags: true,
        },
        log: { ...silentLogger, warn: (text) => void warnings.push(text) },
      });
      const reference = parseReference(`${proxy.host}/app:1`);

      await client.putManifest(reference, manifest);

      expect(await client.hasManifest(reference, manifest.descriptor.digest)).to.equal(true);
      expect(warnings).to.deep.equal(["the tag cannot be changed and stays as it is"]);
    });

    it(`says so where ${name} keeps the tag`, async () => {
      await using proxy = await refusing("/manifests/1", { status, body });

      const error = await errorOf(put(proxy));

      expect(error.code).to.equal("REGISTRY_REJECTED");
      expect(error.hint).to.include("--push-ignore-immutable-tag-errors");
    });
  }

  it("fails when the registry stored something else", async () => {
    const other = `sha256:${"0".repeat(64)}`;
    await using proxy = await startFaultProxy(undefined, () => ({
      kind: "answer",
      status: 201,
      headers: { "docker-content-digest": other },
    }));

    const error = await errorOf(put(proxy));

    expect(error.code).to.equal("REGISTRY_PROTOCOL");
    expect(error.message).to.include(other);
  });

  function refusing(
    path: string,
    answer: { readonly status: number; readonly body: string },
  ): Promise<FaultProxy> {
    return startFaultProxy(registry.host, ({ method, url }) =>
      method === "PUT" && url.endsWith(path) ? { kind: "answer", ...answer } : undefined,
    );
  }
});

const manifest = documentOf(mediaTypes.ociIndex, {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [],
});

async function put({ host }: FaultProxy): Promise<void> {
  await using client = await openTestClient([host]);
  await client.putManifest(parseReference(`${host}/app:1`), manifest);
}
