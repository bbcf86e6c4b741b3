import { mkdir, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import {
  type DockerConfigPlaces,
  type LoadedDockerConfig,
  loadDockerConfigs,
} from "../../../src/registry/credentials/load-docker-config.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

describe("registry/credentials/load-docker-config", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  async function writeConfig(...path: string[]): Promise<string> {
    const file = directory.join(...path);
    await mkdir(directory.join(...path.slice(0, -1)), { recursive: true });
    await writeFile(file, JSON.stringify({ auths: {} }));
    return file;
  }

  it("reads the workspace's, DOCKER_CONFIG's, the engine's and the home directory's, in this order", async () => {
    const files = [
      await writeConfig("bound", "config.json"),
      await writeConfig("chosen", "config.json"),
      await writeConfig("creds", "config.json"),
      await writeConfig("home", ".docker", "config.json"),
    ];

    const found = await filesOf({
      given: directory.join("bound"),
      environment: { DOCKER_CONFIG: directory.join("chosen"), HOME: directory.join("home") },
      engine: directory.join("creds"),
    });

    expect(found).to.deep.equal(files);
  });

  it("knows the key of a Secret of type dockerconfigjson, and prefers config.json", async () => {
    const secret = await writeConfig("secret", ".dockerconfigjson");
    expect(await filesOf({ given: directory.join("secret"), environment: {} })).to.deep.equal([
      secret,
    ]);

    const file = await writeConfig("secret", "config.json");
    expect(await filesOf({ given: directory.join("secret"), environment: {} })).to.deep.equal([
      file,
    ]);
  });

  it("takes the file itself for its directory", async () => {
    const file = await writeConfig("auth.json");

    expect(await filesOf({ given: file, environment: {} })).to.deep.equal([file]);
  });

  it("reads a directory once that is named twice", async () => {
    const file = await writeConfig(".docker", "config.json");
    const environment = { DOCKER_CONFIG: directory.join(".docker"), HOME: directory.path };

    expect(await filesOf({ environment, engine: directory.join(".docker") })).to.deep.equal([file]);
  });

  it("warns where the workspace that was bound holds something else, and not where it is empty", async () => {
    await writeConfig("other", "auth.json");
    await mkdir(directory.join("empty"));
    const load = (name: string): ReturnType<typeof loadDockerConfigs> =>
      loadDockerConfigs({ given: directory.join(name), environment: { HOME: directory.path } });

    const [other, empty] = [await load("other"), await load("empty")];

    expect(surprisesIn(empty)).to.deep.equal([]);
    expect(surprisesIn(other)).to.deep.equal([
      `${directory.join("other")} holds auth.json, but neither config.json nor .dockerconfigjson: it has no credentials`,
    ]);
  });

  it("warns of a file of the engine that cannot be read, and fails at one that was named", async () => {
    // A link to itself can be read by nobody, root included.
    await symlink("config.json", directory.join("config.json"));
    const reason = `cannot read ${directory.join("config.json")}: ELOOP`;

    const found = await loadDockerConfigs({ environment: {}, engine: directory.path });
    const [named] = await loadDockerConfigs({ environment: {}, given: directory.path });

    expect(surprisesIn(found)).to.deep.equal([reason]);
    expect(named?.content).to.have.nested.include({
      kind: "failed",
      "error.code": "CREDENTIALS_INVALID",
      "error.message": reason,
    });
  });

  it("reads DOCKER_AUTH_CONFIG and the file of REGISTRY_AUTH_FILE after all others", async () => {
    const home = await writeConfig("home", ".docker", "config.json");
    const file = await writeConfig("auth.json");
    const environment = {
      HOME: directory.join("home"),
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths: {} }),
      REGISTRY_AUTH_FILE: file,
    };

    expect(await filesOf({ environment })).to.deep.equal([home, "DOCKER_AUTH_CONFIG", file]);
  });

  it("warns where REGISTRY_AUTH_FILE names a file that is not there", async () => {
    const environment = { REGISTRY_AUTH_FILE: directory.join("auth.json") };

    expect(surprisesIn(await loadDockerConfigs({ environment }))).to.deep.equal([
      `REGISTRY_AUTH_FILE names ${directory.join("auth.json")}, which is not there`,
    ]);
  });

  it("says that DOCKER_AUTH_CONFIG cannot be used, without showing it", async () => {
    const environment = { DOCKER_AUTH_CONFIG: "not JSON but secret" };

    const content = (await loadDockerConfigs({ environment })).at(-2)?.content;

    expect(content).to.have.nested.include({
      kind: "failed",
      "error.message": "cannot use DOCKER_AUTH_CONFIG: it is not JSON",
    });
  });
});

function surprisesIn(configs: readonly LoadedDockerConfig[]): string[] {
  return configs.flatMap(({ content }) =>
    content.kind === "absent" && content.surprises ? [content.reason] : [],
  );
}

async function filesOf(places: DockerConfigPlaces): Promise<string[]> {
  return (await loadDockerConfigs(places)).flatMap(({ content }) =>
    content.kind === "loaded" ? [content.file] : [],
  );
}
