import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { parseReference } from "../../../src/image/reference.ts";
import { findCredentials } from "../../../src/registry/credentials/credentials.ts";
import type { CredentialsPlaces } from "../../../src/registry/credentials/credentials-places.ts";
import {
  listCredentialsSources,
  openCredentialsSources,
} from "../../../src/registry/credentials/credentials-sources.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const host = "registry.example";

describe("registry/credentials/credentials-sources", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  /** A docker config in a directory of its own, with this user for the host. */
  async function configOf(name: string, user: string): Promise<string> {
    await mkdir(directory.join(name), { recursive: true });
    await writeFile(directory.join(name, "config.json"), textFor(user));
    return directory.join(name);
  }

  it("asks in the order of the documentation, and takes the first that has any", async () => {
    await configOf(".docker", "HOME");
    const podman = await configOf("podman", "REGISTRY_AUTH_FILE");
    const order = [
      { name: "given", of: { given: await configOf("given", "given") } },
      { name: "DOCKER_CONFIG", of: { DOCKER_CONFIG: await configOf("set", "DOCKER_CONFIG") } },
      { name: "engine", of: { engine: await configOf("engine", "engine") } },
      { name: "HOME", of: { HOME: directory.path } },
      { name: "DOCKER_AUTH_CONFIG", of: { DOCKER_AUTH_CONFIG: textFor("DOCKER_AUTH_CONFIG") } },
      { name: "REGISTRY_AUTH_FILE", of: { REGISTRY_AUTH_FILE: `${podman}/config.json` } },
      { name: "ours", of: pairOf("SLIPWAY_AUTH_REGISTRY_EXAMPLE", "ours") },
      { name: "kaniko's", of: pairOf("KANIKO_REGISTRY_EXAMPLE", "kaniko's") },
      { name: "GitLab's", of: { ...pairOf("CI_REGISTRY", "GitLab's"), CI_REGISTRY: host } },
    ];

    for (const [index, { name }] of order.entries()) {
      const left = order.slice(index).map(({ of }) => of);
      const { given, engine, ...environment }: Record<string, string> = Object.assign({}, ...left);

      expect(await userOf({ given, engine, environment })).to.equal(name);
    }
  });

  it("names all sources in their order", async () => {
    const sources = await listCredentialsSources({ environment: {} }, () => undefined);

    expect(sources.map(({ name }) => name)).to.deep.equal([
      "/kaniko/.docker",
      "DOCKER_AUTH_CONFIG",
      "REGISTRY_AUTH_FILE",
      "variables for hosts",
      "Amazon ECR",
      "Azure Container Registry",
      "Google Artifact Registry",
      "GitLab CI",
      "GitHub",
      "Docker Hub",
    ]);
  });

  it("asks only those that were chosen beside docker's configs, in the same order", async () => {
    const environment = {
      HOME: directory.path,
      ...pairOf("KANIKO_REGISTRY_EXAMPLE", "kaniko's"),
      ...pairOf("CI_REGISTRY", "GitLab's"),
      CI_REGISTRY: host,
    };

    expect(await userOf({ environment, builtIn: ["gitlab", "env"] })).to.equal("kaniko's");
    expect(await userOf({ environment, builtIn: ["gitlab"] })).to.equal("GitLab's");
    expect(await userOf({ environment, builtIn: [] })).to.equal(undefined);
    await configOf(".docker", "HOME");
    expect(await userOf({ environment, builtIn: [] })).to.equal("HOME");
  });

  it("takes the longest path of a file with paths, as podman writes it", async () => {
    const auths = { [host]: auth("host"), [`${host}/team/app`]: auth("app") };
    const environment = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };

    expect(await userOf({ environment }, `${host}/team/app`)).to.equal("app");
    expect(await userOf({ environment }, `${host}/team/application`)).to.equal("host");
  });

  it("fails before anything is asked where a config cannot be used, and warns of what is odd", async () => {
    const warnings: string[] = [];
    const open = (environment: Record<string, string>) =>
      openCredentialsSources({ environment }, (text) => warnings.push(text));

    const error = await errorOf(open({ DOCKER_AUTH_CONFIG: "{" }));
    await open({ REGISTRY_AUTH_FILE: directory.join("auth.json") });

    expect(error.code).to.equal("CREDENTIALS_INVALID");
    expect(warnings).to.deep.equal([
      `REGISTRY_AUTH_FILE names ${directory.join("auth.json")}, which is not there`,
    ]);
  });
});

function auth(user: string): { readonly auth: string } {
  return { auth: btoa(`${user}:p`) };
}

function textFor(user: string): string {
  return JSON.stringify({ auths: { [host]: auth(user) } });
}

function pairOf(prefix: string, user: string): Record<string, string> {
  return { [`${prefix}_USER`]: user, [`${prefix}_PASSWORD`]: "p" };
}

async function userOf(places: CredentialsPlaces, name = `${host}/app`): Promise<unknown> {
  const sources = await openCredentialsSources(places, () => undefined);
  const answer = await findCredentials(sources, parseReference(name), { send: nothingToSend });
  if (answer.kind === "absent") return undefined;
  return answer.credentials.kind === "basic" ? answer.credentials.username : undefined;
}

function nothingToSend(): Promise<never> {
  return Promise.reject(new Error("nothing is to be sent"));
}
