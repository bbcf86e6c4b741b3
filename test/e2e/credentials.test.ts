import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { errorCodes } from "../../src/errors/codes.ts";
import { BuildYard } from "../support/build-yard.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import type { SlipwayResult } from "../support/slipway-cli.ts";

const user = { username: "builder", password: "correct-horse" };
const wrongPassword = "battery-staple";

describe("e2e/credentials", function () {
  this.timeout(60_000);
  let yard: BuildYard;
  let guarded: DockerRegistry;

  before(async () => {
    yard = await BuildYard.open();
    guarded = await startDockerRegistry({ basic: user });
  });

  after(async () => {
    await guarded[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });

  it("pushes with the credentials of docker's config.json", async () => {
    const result = await pushAs(user.password);

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(hasTag("team/app")).to.equal(true);
  });

  it("reports wrong credentials, without showing them, and leaves nothing", async () => {
    const result = await pushAs(wrongPassword, "team/other");

    expect(result.stderr).to.include("(REGISTRY_UNAUTHORIZED)\n").and.to.include(guarded.host);
    expect(result.stderr).not.to.include(wrongPassword);
    expect(result.exitCode).to.equal(errorCodes.REGISTRY_UNAUTHORIZED.exitCode);
    expect(hasTag("team/other")).to.equal(false);
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  async function pushAs(password: string, repository = "team/app"): Promise<SlipwayResult> {
    const auth = Buffer.from(`${user.username}:${password}`).toString("base64");
    const config = { auths: { [guarded.host]: { auth } } };
    await writeFile(yard.path("docker/config.json"), JSON.stringify(config));
    const context = await yard.context({ Dockerfile: "FROM busybox\nCOPY a /\n", a: "" });
    return yard.build(context, [
      `--destination=${guarded.host}/${repository}:1`,
      `--insecure-registry=${guarded.host}`,
    ]);
  }

  function hasTag(repository: string): boolean {
    const repositories = path.join(guarded.directory, "docker/registry/v2/repositories");
    return existsSync(path.join(repositories, repository, "_manifests/tags/1"));
  }
});
