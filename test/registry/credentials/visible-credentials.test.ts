import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { visibleCredentials } from "../../../src/registry/credentials/visible-credentials.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

describe("registry/credentials/visible-credentials", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  const list = (): ReturnType<typeof visibleCredentials> =>
    visibleCredentials({ environment: { DOCKER_CONFIG: directory.path } });

  it("lists hosts and origins, without a secret and without asking a helper", async () => {
    const file = directory.join("config.json");
    const config = {
      auths: {
        "https://index.docker.io/v1/": { auth: btoa("clerk:tell-nobody") },
        "a.test/team": { identitytoken: "tell-nobody" },
        "empty.test": {},
        "bad.test": { auth: "tell-nobody" },
      },
      credHelpers: { "cloud.test": "no-such-helper" },
      credsStore: "no-such-store",
    };
    await writeFile(file, JSON.stringify(config));

    const found = await list();

    expect(found).to.deep.equal([
      {
        registry: "cloud.test",
        origin: `docker-credential-no-such-helper, named in ${file}`,
      },
      { registry: "docker.io", origin: `${file} (auths)` },
      { registry: "a.test/team", origin: `${file} (auths)` },
      {
        registry: "bad.test",
        origin: `cannot use ${file}: auths "bad.test" auth is not base64 of user:password`,
      },
      { registry: "*", origin: `docker-credential-no-such-store, named in ${file}` },
    ]);
  });

  it("lists what a cloud knows the pod by, after the files", async () => {
    await writeFile(directory.join("config.json"), JSON.stringify({ credsStore: "store" }));
    const found = await visibleCredentials({
      environment: {
        DOCKER_CONFIG: directory.path,
        AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/builder",
        AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      },
    });

    const origin = "Amazon: web identity of role arn:aws:iam::123456789012:role/builder";
    expect(found.slice(1)).to.deep.equal([
      { registry: "*.dkr.ecr.*.amazonaws.com", origin },
      { registry: "public.ecr.aws", origin },
    ]);
  });

  it("lists what variables are for, after the files, of the sources that are asked", async () => {
    const places = {
      environment: {
        DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "a.test": { identitytoken: "x" } } }),
        SLIPWAY_AUTH_MY__REGISTRY_TEST___5000_USER: "u",
        KANIKO_B_TEST_USER: "u",
        CI_REGISTRY: "gitlab.test",
        CI_JOB_TOKEN: "tell-nobody",
        GITHUB_TOKEN: "tell-nobody",
      },
    };

    expect(await visibleCredentials(places)).to.deep.equal([
      { registry: "a.test", origin: "DOCKER_AUTH_CONFIG (auths)" },
      { registry: "my-registry.test:5000", origin: "SLIPWAY_AUTH_MY__REGISTRY_TEST___5000_USER" },
      { registry: "b.test", origin: "KANIKO_B_TEST_USER" },
      { registry: "gitlab.test", origin: "CI_JOB_TOKEN" },
      { registry: "ghcr.io", origin: "GITHUB_TOKEN" },
    ]);
    expect(await visibleCredentials({ ...places, builtIn: ["github"] })).to.deep.equal([
      { registry: "a.test", origin: "DOCKER_AUTH_CONFIG (auths)" },
      { registry: "ghcr.io", origin: "GITHUB_TOKEN" },
    ]);
  });

  it("has nothing where there is no file", async () => {
    expect(await list()).to.deep.equal([]);
  });

  it("says that a file cannot be used", async () => {
    await writeFile(directory.join("config.json"), "{");

    expect((await errorOf(list())).code).to.equal("CREDENTIALS_INVALID");
  });
});
