import { expect } from "chai";
import { checkLogin } from "../../src/registry/check-login.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";
import { startTokenServer } from "../support/token-server.ts";
import { startWebServer } from "../support/web-server.ts";

const right = { username: "clerk", password: "right: secret" };

describe("registry/check-login", () => {
  it("tries a password with basic authentication", async () => {
    await using registry = await startDockerRegistry({ basic: right });

    expect(await check(registry.host)).to.equal("taken");
    const error = await errorOf(check(registry.host, "wrong secret"));

    expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
    expect(error.message).to.include(`cannot log in to ${registry.host}`);
    expect(error.message).to.include('as "clerk"');
    expect(error.message).not.to.include("wrong secret");
  });

  it("tries it at the registry's token server", async () => {
    await using directory = await makeTemporaryDirectory();
    const signer = await makeCertificate(directory.path, "signer");
    await using tokens = await startTokenServer({ ...right, signer, refreshToken: "none" });
    await using registry = await startDockerRegistry({ token: tokens.settings });

    expect(await check(registry.host)).to.equal("taken");
    const error = await errorOf(check(registry.host, "wrong"));

    expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
    expect(tokens.requests.map(({ granted }) => granted)).to.deep.equal([true, false]);
  });

  it("tells a registry that asks nobody", async () => {
    await using registry = await startDockerRegistry();

    expect(await check(registry.host)).to.equal("unasked");
  });

  it("does not send a password to a server that is no registry", async () => {
    await using server = await startWebServer((_request, response) => {
      response.writeHead(404).end();
    });

    const error = await errorOf(check(server.host));

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    expect(server.requests.map(({ headers }) => headers.authorization)).to.not.include.members([
      `Basic ${btoa("clerk:right: secret")}`,
    ]);
  });
});

function check(registry: string, password = right.password): ReturnType<typeof checkLogin> {
  return checkLogin({
    registry,
    credentials: { kind: "basic", username: right.username, password },
    registries: { ...defaultRegistryOptions, insecureRegistries: [registry] },
    environment: {},
    userAgent: "slipway/test",
    signal: new AbortController().signal,
  });
}
