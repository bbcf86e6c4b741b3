import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { openUploads } from "../support/open-uploads.ts";
import { openTestClient } from "../support/registry-client.ts";

describe("registry/check-push", () => {
  it("begins an upload and gives it up", async () => {
    await using registry = await startDockerRegistry();
    await using client = await openTestClient([registry.host]);

    await client.checkPush(parseReference(`${registry.host}/team/app`));

    expect(await openUploads(registry, "team/app")).to.deep.equal([]);
  });

  it("is content where uploads cannot be given up", async () => {
    await using registry = await startDockerRegistry();
    await using proxy = await startFaultProxy(registry.host, ({ method }) =>
      method === "DELETE" ? { kind: "answer", status: 405 } : undefined,
    );
    await using client = await openTestClient([proxy.host]);

    await client.checkPush(parseReference(`${proxy.host}/app`));

    expect(proxy.requests.map(({ method }) => method)).to.deep.equal(["GET", "POST", "DELETE"]);
  });

  it("tries again where the registry is not well", async () => {
    await using registry = await startDockerRegistry();
    let posts = 0;
    await using proxy = await startFaultProxy(registry.host, ({ method }) => {
      posts += method === "POST" ? 1 : 0;
      return method === "POST" && posts < 4 ? { kind: "answer", status: 503 } : undefined;
    });
    await using client = await openTestClient([proxy.host]);

    await client.checkPush(parseReference(`${proxy.host}/app`));

    expect(posts).to.equal(4);
  });

  it("says that credentials are missing", async () => {
    await using registry = await startDockerRegistry({ basic: { username: "a", password: "b" } });
    await using client = await openTestClient([registry.host]);

    const error = await errorOf(client.checkPush(parseReference(`${registry.host}/app`)));

    expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
    expect(error.message).to.include(`cannot push to ${registry.host}/app`);
  });

  it("says that a registry takes nothing, or has no such repository", async () => {
    await using readOnly = await startDockerRegistry({ readOnly: true });
    await using empty = await startFaultProxy(undefined, () => ({ kind: "answer", status: 404 }));
    await using client = await openTestClient([readOnly.host, empty.host]);

    const [refused, absent] = await Promise.all(
      [readOnly, empty].map(({ host }) => errorOf(client.checkPush(parseReference(`${host}/app`)))),
    );

    expect(refused).to.have.property("code", "REGISTRY_REJECTED");
    expect(absent).to.have.property("code", "REGISTRY_NOT_FOUND");
    expect(absent?.message).to.include("takes no upload to");
  });
});
