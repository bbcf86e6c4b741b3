import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { saveLogin } from "../../../src/registry/credentials/save-login.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const auth = btoa("clerk:right: secret");

describe("registry/credentials/save-login", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  it("makes the directory and the file, for their owner only", async () => {
    const place = await save(".docker", "registry.example");

    expect(place).to.equal(directory.join(".docker/config.json"));
    expect((await stat(place)).mode & 0o777).to.equal(0o600);
    expect((await stat(directory.join(".docker"))).mode & 0o777).to.equal(0o700);
    expect(await documentAt(".docker/config.json")).to.deep.equal({
      auths: { "registry.example": { auth } },
    });
  });

  it("leaves all else as it is, and replaces an older login", async () => {
    const present = {
      HttpHeaders: { "X-Meta": "1" },
      auths: { "other.example": { auth: "eDp5" }, "registry.example": { auth: "b2xkOm9sZA==" } },
      credHelpers: { "cloud.example": "cloud" },
    };
    await writeConfig(present);

    await save("config.json", "registry.example");

    expect(await documentAt("config.json")).to.deep.equal({
      ...present,
      auths: { ...present.auths, "registry.example": { auth } },
    });
    expect((await stat(directory.join("config.json"))).mode & 0o777).to.equal(0o600);
    expect(await readdir(directory.path)).to.deep.equal(["config.json"]);
  });

  it("calls Docker Hub what docker calls it", async () => {
    await save("", "docker.io");

    expect(await documentAt("config.json")).to.have.nested.property(
      "auths.https://index\\.docker\\.io/v1/",
    );
  });

  it("writes behind a link, which stays", async () => {
    await mkdir(directory.join("real"));
    await writeFile(directory.join("real/config.json"), "");
    await symlink("real/config.json", directory.join("config.json"));

    const place = await save("", "registry.example");

    expect(place).to.equal(directory.join("real/config.json"));
    expect(await documentAt("config.json")).to.have.property("auths");
  });

  it("has the helper of the file keep the secret, which is not in the file then", async () => {
    await writeHelper("vault", `cat > ${directory.join("kept")}`);
    await writeConfig({ credsStore: "vault" });

    const place = await save("", "registry.example");

    expect(place).to.equal(`docker-credential-vault, named in ${directory.join("config.json")}`);
    expect(await documentAt("kept")).to.deep.equal({
      ServerURL: "registry.example",
      Username: "clerk",
      Secret: "right: secret",
    });
    expect(await documentAt("config.json")).to.deep.equal({
      auths: { "registry.example": {} },
      credsStore: "vault",
    });
  });

  it("says why a helper does not keep it, and changes nothing", async () => {
    await writeHelper("sealed", "echo the vault is sealed; exit 1");
    const present = { credHelpers: { "registry.example": "sealed" }, credsStore: "other" };
    await writeConfig(present);

    const error = await errorOf(save("", "registry.example"));

    expect(error.code).to.equal("CREDENTIALS_INVALID");
    expect(error.message).to.include("the vault is sealed");
    expect(error.message).not.to.include("right: secret");
    expect(await documentAt("config.json")).to.deep.equal(present);
  });

  it("does not touch a file that is none of docker's", async () => {
    await writeFile(directory.join("config.json"), "[1]");

    const error = await errorOf(save("", "registry.example"));

    expect(error.code).to.equal("CREDENTIALS_INVALID");
    expect(await documentAt("config.json")).to.deep.equal([1]);
  });

  it("says that a directory cannot be made", async () => {
    await writeFile(directory.join("file"), "");

    const error = await errorOf(save("file/below", "registry.example"));

    expect(error.code).to.equal("FILESYSTEM_FAILED");
  });

  function save(place: string, registry: string): Promise<string> {
    const login = { registry, username: "clerk", password: "right: secret" };
    const environment = { PATH: `${directory.path}:/usr/bin:/bin` };
    return saveLogin(directory.join(place), login, { environment });
  }

  async function documentAt(name: string): Promise<unknown> {
    return JSON.parse(await readFile(directory.join(name), "utf8")) as unknown;
  }

  async function writeConfig(document: object): Promise<void> {
    await writeFile(directory.join("config.json"), JSON.stringify(document));
  }

  async function writeHelper(name: string, script: string): Promise<void> {
    const file = directory.join(`docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n[ "$1" = store ] || exit 9\n${script}\n`);
    await chmod(file, 0o755);
  }
});
