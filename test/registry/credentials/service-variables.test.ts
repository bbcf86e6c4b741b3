import { expect } from "chai";
import { parseReference } from "../../../src/image/reference.ts";
import type { Environment } from "../../../src/registry/credentials/credential-helper.ts";
import type { CredentialsAnswer } from "../../../src/registry/credentials/credentials.ts";
import {
  type ServiceName,
  serviceLogins,
  serviceSource,
} from "../../../src/registry/credentials/service-variables.ts";

describe("registry/credentials/service-variables", () => {
  const gitlab = {
    CI_REGISTRY: "registry.gitlab.example:5050",
    CI_REGISTRY_USER: "gitlab-ci-token",
    CI_REGISTRY_PASSWORD: "job",
  };

  it("has the login of a GitLab job for CI_REGISTRY, and for no other host", async () => {
    expect(await find("gitlab", "registry.gitlab.example:5050/a/b", gitlab)).to.deep.equal({
      kind: "found",
      credentials: { kind: "basic", username: "gitlab-ci-token", password: "job" },
      origin: "CI_REGISTRY_PASSWORD",
    });
    for (const host of ["registry.gitlab.example", "gitlab.example:5050", "evil.example"]) {
      expect(await find("gitlab", `${host}/a`, gitlab), host).to.deep.equal({
        kind: "absent",
        reason: "it is for registry.gitlab.example:5050 only",
      });
    }
  });

  it("takes GitLab's token of the job where there is no password", async () => {
    const environment = { CI_REGISTRY: "r.example", CI_JOB_TOKEN: "t" };

    expect(await find("gitlab", "r.example/a", environment)).to.deep.equal({
      kind: "found",
      credentials: { kind: "basic", username: "gitlab-ci-token", password: "t" },
      origin: "CI_JOB_TOKEN",
    });
  });

  it("says what GitLab's variables lack", async () => {
    expect(await find("gitlab", "r.example/a", { CI_JOB_TOKEN: "t" })).to.deep.equal({
      kind: "absent",
      reason: "CI_REGISTRY is not set",
    });
    expect(await find("gitlab", "r.example/a", { CI_REGISTRY: "r.example" })).to.deep.equal({
      kind: "absent",
      reason: "not set: CI_REGISTRY_USER with CI_REGISTRY_PASSWORD, CI_JOB_TOKEN",
    });
  });

  it("gives GITHUB_TOKEN to ghcr.io only", async () => {
    const environment = { GITHUB_ACTOR: "octocat", GITHUB_TOKEN: "ghs" };

    const found = await find("github", "ghcr.io/a/b", environment);
    const others = ["docker.pkg.github.com/a/b", "ghcr.io.evil.example/a", "busybox"];

    expect(found).to.have.deep.property("credentials", {
      kind: "basic",
      username: "octocat",
      password: "ghs",
    });
    for (const name of others) {
      expect(await find("github", name, environment), name).to.have.property("kind", "absent");
    }
    expect(await find("github", "ghcr.io/a/b", { GITHUB_TOKEN: "ghs" })).to.have.nested.property(
      "credentials.username",
      "x-access-token",
    );
  });

  it("gives DOCKERHUB_TOKEN to all names of Docker Hub, and needs its user", async () => {
    const environment = { DOCKERHUB_USERNAME: "u", DOCKERHUB_TOKEN: "dckr_pat" };

    for (const name of ["busybox", "index.docker.io/a/b", "registry-1.docker.io/a/b"]) {
      expect(await find("dockerhub", name, environment), name).to.have.property(
        "origin",
        "DOCKERHUB_TOKEN",
      );
    }
    expect(await find("dockerhub", "busybox", { DOCKERHUB_TOKEN: "x" })).to.have.property(
      "kind",
      "absent",
    );
  });

  it("lists the logins that are complete", () => {
    expect(serviceLogins("gitlab", gitlab)).to.deep.equal([
      { registry: "registry.gitlab.example:5050", origin: "CI_REGISTRY_PASSWORD" },
    ]);
    expect(serviceLogins("github", gitlab)).to.deep.equal([]);
  });
});

function find(
  service: ServiceName,
  name: string,
  environment: Environment,
): Promise<CredentialsAnswer> {
  return serviceSource(service, environment).find(parseReference(name), { send: nothingToSend });
}

function nothingToSend(): Promise<never> {
  return Promise.reject(new Error("nothing is to be sent"));
}
