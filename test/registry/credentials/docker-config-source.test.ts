import { chmod, mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { parseReference } from "../../../src/image/reference.ts";
import type { CredentialsAnswer } from "../../../src/registry/credentials/credentials.ts";
import { findCredentials } from "../../../src/registry/credentials/credentials.ts";
import { openCredentialsSources } from "../../../src/registry/credentials/credentials-sources.ts";
import { errorOf } from "../../support/error-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const auth = (user: string) => ({ auth: btoa(`${user}:pw`) });

describe("registry/credentials/docker-config-source", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  it("takes the directory of DOCKER_CONFIG before the home directory", async () => {
    await mkdir(directory.join(".docker"));
    await writeConfig(".docker/config.json", { auths: { "a.test": auth("home") } });
    await writeConfig("config.json", { auths: { "a.test": auth("chosen") } });
    const home = { HOME: directory.path };

    const atHome = await find("a.test/x", home);
    const chosen = await find("a.test/x", { ...home, DOCKER_CONFIG: directory.path });

    expect(atHome).to.have.nested.property("credentials.username", "home");
    expect(chosen).to.have.nested.property("credentials.username", "chosen");
    expect(chosen).to.have.property("origin", `${directory.join("config.json")} (auths "a.test")`);
  });

  it("asks the helper of the host, and only for that host", async () => {
    await writeHelper("for-a", 'read server; printf \'{"Username":"%s","Secret":"s"}\' $server');
    await writeConfig("config.json", {
      credHelpers: { "a.test": "for-a" },
      auths: { "a.test": auth("file"), "b.test": auth("file") },
    });

    const a = await find("a.test/x", environment());
    const b = await find("b.test/x", environment());

    expect(a).to.deep.equal({
      kind: "found",
      credentials: { kind: "basic", username: "a.test", password: "s" },
      origin: `docker-credential-for-a, named in ${directory.join("config.json")}`,
    });
    expect(b).to.have.nested.property("credentials.username", "file");
  });

  it("asks the store for what is not in the file, by the name that stores know", async () => {
    await writeHelper(
      "store",
      'read server; printf \'{"Username":"<token>","Secret":"%s"}\' $server',
    );
    await writeConfig("config.json", { credsStore: "store", auths: { "a.test": auth("file") } });

    const hub = await find("busybox", environment());
    const a = await find("a.test/x", environment());

    expect(hub).to.have.deep.property("credentials", {
      kind: "identity-token",
      token: "https://index.docker.io/v1/",
    });
    expect(a).to.have.nested.property("credentials.username", "file");
  });

  it("tells a helper that has nothing from one that fails", async () => {
    const none = "echo credentials not found in native keychain; exit 1";
    await writeHelper("none", none);
    await writeHelper("broken", "echo the vault is sealed >&2; exit 3");
    await writeConfig("config.json", {
      credHelpers: { "a.test": "none", "b.test": "broken", "c.test": "not-installed" },
      auths: { "a.test": auth("file") },
    });

    const fallback = await find("a.test/x", environment());
    const broken = await errorOf(find("b.test/x", environment()));
    const missing = await errorOf(find("c.test/x", environment()));

    expect(fallback).to.have.nested.property("credentials.username", "file");
    expect(broken.code).to.equal("CREDENTIALS_INVALID");
    expect(broken.message).to.equal(
      "docker-credential-broken failed for b.test (exit code 3): the vault is sealed",
    );
    expect(missing.message).to.equal("cannot run docker-credential-not-installed: ENOENT");
  });

  it("refuses helpers that are paths, and answers that are none", async () => {
    await writeHelper("odd", "echo not json but secret");
    await writeHelper("partial", 'echo \'{"Username":"u"}\'');
    const credHelpers = { "a.test": "../evil", "b.test": "odd", "c.test": "partial" };
    await writeConfig("config.json", { credHelpers });

    for (const host of Object.keys(credHelpers)) {
      const error = await errorOf(find(`${host}/x`, environment()));

      expect(error.code).to.equal("CREDENTIALS_INVALID");
      expect(error.message).not.to.include("secret");
    }
  });

  function environment(): Record<string, string> {
    return { DOCKER_CONFIG: directory.path, PATH: `${directory.path}:/usr/bin:/bin` };
  }

  async function writeConfig(name: string, document: object): Promise<void> {
    await writeFile(directory.join(name), JSON.stringify(document));
  }

  async function writeHelper(name: string, script: string): Promise<void> {
    const file = directory.join(`docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n[ "$1" = get ] || exit 9\n${script}\n`);
    await chmod(file, 0o755);
  }
});

const nothingToSend = () => Promise.reject(new Error("nothing is to be sent"));

async function find(
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<CredentialsAnswer> {
  const sources = await openCredentialsSources(
    { environment: given, builtIn: [] },
    () => undefined,
  );
  return findCredentials(sources, parseReference(name), { send: nothingToSend });
}
