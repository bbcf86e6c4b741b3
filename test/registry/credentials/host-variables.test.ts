import { expect } from "chai";
import { array, assert, nat, option, property, stringMatching, tuple } from "fast-check";
import { parseReference } from "../../../src/image/reference.ts";
import type { Environment } from "../../../src/registry/credentials/credential-helper.ts";
import type { CredentialsAnswer } from "../../../src/registry/credentials/credentials.ts";
import {
  hostInVariable,
  hostVariables,
  hostVariablesSource,
} from "../../../src/registry/credentials/host-variables.ts";
import { errorOf } from "../../support/error-of.ts";

describe("registry/credentials/host-variables", () => {
  it("finds slipway's before kaniko's", async () => {
    const kaniko = { KANIKO_R_EXAMPLE_USER: "k", KANIKO_R_EXAMPLE_PASSWORD: "2" };
    const ours = { SLIPWAY_AUTH_R_EXAMPLE_USER: "s", SLIPWAY_AUTH_R_EXAMPLE_PASSWORD: "1" };

    expect(await find("r.example/app", { ...kaniko, ...ours })).to.deep.equal({
      kind: "found",
      credentials: { kind: "basic", username: "s", password: "1" },
      origin: "SLIPWAY_AUTH_R_EXAMPLE_USER",
    });
    expect(await find("r.example/app", kaniko)).to.have.property("origin", "KANIKO_R_EXAMPLE_USER");
  });

  it("matches hosts exactly, ports included", async () => {
    const environment = {
      SLIPWAY_AUTH_MY__R_EXAMPLE___5000_USER: "u",
      SLIPWAY_AUTH_MY__R_EXAMPLE___5000_PASSWORD: "p",
      KANIKO_EXAMPLE_USER: "u",
      KANIKO_EXAMPLE_PASSWORD: "p",
    };

    const found = await Promise.all(
      ["my-r.example:5000", "my.r.example:5000", "my-r.example", "r.example", "a.r.example"].map(
        (host) => find(`${host}/app`, environment),
      ),
    );

    expect(found.map(({ kind }) => kind)).to.deep.equal([
      "found",
      "absent",
      "absent",
      "absent",
      "absent",
    ]);
  });

  it("does not take a variable of kaniko's that may be for another host, and says so", async () => {
    const environment = { KANIKO_MY_R_EXAMPLE_USER: "u", KANIKO_MY_R_EXAMPLE_PASSWORD: "p" };

    expect(await find("my.r.example/app", environment)).to.have.property("kind", "found");
    expect(await find("my-r.example/app", environment)).to.deep.equal({
      kind: "absent",
      reason:
        "KANIKO_MY_R_EXAMPLE_USER may be for another host; set SLIPWAY_AUTH_MY__R_EXAMPLE_USER",
    });
  });

  for (const name of ["SLIPWAY_AUTH_DOCKER_IO", "KANIKO_INDEX_DOCKER_IO", "KANIKO_DOCKER_IO"]) {
    it(`takes ${name} for all names of Docker Hub`, async () => {
      const environment = { [`${name}_USER`]: "u", [`${name}_PASSWORD`]: "p" };

      for (const image of ["busybox", "index.docker.io/a/b", "registry-1.docker.io/a/b"]) {
        expect(await find(image, environment), image).to.have.property("kind", "found");
      }
    });
  }

  it("fails where one half is missing", async () => {
    const error = await errorOf(find("r.example/app", { SLIPWAY_AUTH_R_EXAMPLE_USER: "u" }));

    expect(error).to.include({
      code: "CREDENTIALS_INVALID",
      message: "SLIPWAY_AUTH_R_EXAMPLE_USER is set, but SLIPWAY_AUTH_R_EXAMPLE_PASSWORD is not",
    });
  });

  it("gives each host a name of its own, which says the host", () => {
    const label = stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/);
    const host = tuple(array(label, { minLength: 1, maxLength: 3 }), option(nat(65_535))).map(
      ([labels, port]) => `${labels.join(".")}${port === null ? "" : `:${port}`}`,
    );

    assert(
      property(host, (registry) => {
        const origin = `SLIPWAY_AUTH_${hostInVariable(registry)}_USER`;
        expect(hostVariables({ [origin]: "u" })).to.deep.equal([{ registry, origin }]);
      }),
    );
  });
});

function find(name: string, environment: Environment): Promise<CredentialsAnswer> {
  return hostVariablesSource(environment).find(parseReference(name), { send: nothingToSend });
}

function nothingToSend(): Promise<never> {
  return Promise.reject(new Error("nothing is to be sent"));
}
