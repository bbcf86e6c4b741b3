import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient, pushTestImage } from "../support/registry-client.ts";
import { tagsOf } from "../support/registry-queries.ts";

describe("registry/delete-manifest", () => {
  it("deletes a manifest with all of its tags, and nothing else", async () => {
    await using registry = await startDockerRegistry({ delete: true });
    await using client = await openTestClient([registry.host]);
    const repository = parseReference(`${registry.host}/app`);
    const manifest = await pushTestImage(client, `${registry.host}/app:one`, { layers: ["a"] });
    await client.putManifest({ ...repository, tag: "other" }, manifest);
    await pushTestImage(client, `${registry.host}/app:kept`, { layers: ["b"] });

    await client.deleteManifest(repository, manifest.descriptor.digest);
    await client.deleteManifest(repository, manifest.descriptor.digest);

    expect(await tagsOf(registry.host, "app")).to.deep.equal(["kept"]);
  });

  it("says what has to do it where the registry does not delete", async () => {
    await using registry = await startDockerRegistry();
    await using client = await openTestClient([registry.host]);
    const manifest = await pushTestImage(client, `${registry.host}/app:one`, { layers: ["a"] });

    const error = await errorOf(
      client.deleteManifest(parseReference(`${registry.host}/app`), manifest.descriptor.digest),
    );

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(error.message).to.include("405");
    expect(error.hint).to.include("lifecycle");
  });

  it("fails as other requests do where something else is wrong", async () => {
    const body = '{"errors":[{"code":"DENIED","message":"no"}]}';
    await using server = await startFaultProxy(undefined, ({ method }) => ({
      kind: "answer",
      status: method === "DELETE" ? 403 : 200,
      body,
    }));
    await using client = await openTestClient([server.host]);

    const error = await errorOf(
      client.deleteManifest(parseReference(`${server.host}/app`), digestOf("x")),
    );

    expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
  });
});
