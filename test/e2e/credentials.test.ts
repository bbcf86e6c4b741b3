import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { errorCodes } from "../../src/errors/codes.ts";
import { hostInVariable } from "../../src/registry/credentials/host-variables.ts";
import { BuildYard } from "../support/build-yard.ts";
import { makeCertificate } from "../support/certificates.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { openPasswordStore } from "../support/password-store.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";
import { startTokenServer } from "../support/token-server.ts";

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

  for (const { name, from, variables } of [
    {
      name: "DOCKER_AUTH_CONFIG",
      variables: (host: string) => ({ DOCKER_AUTH_CONFIG: textOf(configOf(host)) }),
      from: (host: string) => `"DOCKER_AUTH_CONFIG (auths \\"${host}/variable\\")"`,
    },
    {
      name: "slipway's variables for the host",
      variables: (host: string) => ({
        [`SLIPWAY_AUTH_${hostInVariable(host)}_USER`]: user.username,
        [`SLIPWAY_AUTH_${hostInVariable(host)}_PASSWORD`]: user.password,
      }),
      from: (host: string) => `SLIPWAY_AUTH_${hostInVariable(host)}_USER`,
    },
    {
      name: "a job of GitLab",
      variables: (host: string) => ({
        CI_REGISTRY: host,
        CI_REGISTRY_USER: user.username,
        CI_REGISTRY_PASSWORD: user.password,
      }),
      from: () => "CI_REGISTRY_PASSWORD",
    },
  ]) {
    it(`pushes with the credentials of ${name}`, async () => {
      const result = await push("variable/app", {}, { variables: variables(guarded.host) });

      expect(result.exitCode, result.stderr).to.equal(0);
      expect(result.stderr).to.include(
        `credentials registry=${guarded.host} from=${from(guarded.host)}`,
      );
      expect(result.stderr).not.to.include(user.password);
    });
  }

  it("pushes with the credentials of the file that REGISTRY_AUTH_FILE names", async () => {
    const file = yard.path("auth.json");
    await writeFile(file, textOf(configOf(guarded.host)));

    const result = await push("variable/app", {}, { variables: { REGISTRY_AUTH_FILE: file } });

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(result.stderr).to.include(`${file} (auths`);
  });

  it("pushes with the identity token of config.json", async () => {
    const signer = await makeCertificate(yard.directory, "signer");
    await using tokens = await startTokenServer({ ...user, signer, refreshToken: "refresh" });
    await using registry = await startDockerRegistry({ token: tokens.settings });
    const config = { auths: { [registry.host]: { identitytoken: "refresh" } } };

    const result = await push("token/app", config, { host: registry.host });

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(tokens.requests.every(({ granted, method }) => granted && method === "POST")).to.equal(
      true,
    );
  });

  it("asks no source that --credential-helpers leaves out", async () => {
    const variables = {
      CI_REGISTRY: guarded.host,
      CI_REGISTRY_USER: user.username,
      CI_REGISTRY_PASSWORD: user.password,
    };

    const result = await push(
      "left/out",
      {},
      { variables, flags: ["--credential-helpers=ecr,env"] },
    );

    expect(result.exitCode).to.equal(errorCodes.REGISTRY_UNAUTHORIZED.exitCode);
    expect(result.stderr).to.include(`none are known for ${guarded.host}`);
  });

  for (const member of ["credHelpers", "credsStore"] as const) {
    it(`pushes with what a helper of ${member} gives, also when it gave what is over`, async () => {
      const state = yard.path(`asked-${member}`);
      const answer = (password: string): string =>
        textOf({ Username: user.username, Secret: password });
      await writeHelper("renewing", [
        `[ -e ${state} ] && echo '${answer(user.password)}' || echo '${answer(wrongPassword)}'`,
        `touch ${state}`,
      ]);
      const helper = member === "credsStore" ? "renewing" : { [guarded.host]: "renewing" };

      const result = await push(`helper/${member.toLowerCase()}`, { [member]: helper });

      expect(result.exitCode, result.stderr).to.equal(0);
      expect(result.stderr).to.include("docker-credential-renewing, named in ");
    });
  }

  it("logs in and pushes with docker-credential-pass, which has nothing for other registries", async () => {
    await using store = await openPasswordStore();
    const { environment: variables } = store;
    await writeFile(yard.path("docker/config.json"), textOf({ credsStore: "pass" }));
    const { host } = guarded;
    const environment = {
      DOCKER_CONFIG: yard.path("docker"),
      SLIPWAY_INSECURE_REGISTRY: host,
      ...variables,
    };

    const args = ["login", host, `--username=${user.username}`, "--password-stdin"];
    const login = await startSlipway(args, { input: user.password, environment }).result;
    const kept = JSON.parse(await readFile(yard.path("docker/config.json"), "utf8")) as object;
    const pushed = await push("pass/app", kept, { variables });
    const other = await startSlipway(["auth", "explain", "other.test/app"], { environment }).result;

    expect(login.stdout).to.include("kept in docker-credential-pass");
    expect(textOf(kept)).to.not.include(btoa(`${user.username}:${user.password}`));
    expect(pushed.exitCode, pushed.stderr).to.equal(0);
    expect(pushed.stderr).to.include("docker-credential-pass, named in ");
    expect(other.stdout).to.match(
      /none: docker-credential-pass, named in .*, has none for other\.test/,
    );
  });

  it("ends with the reason of a helper that fails, and never goes on as nobody", async () => {
    await writeHelper("sealed", ["echo the vault is sealed", "exit 1"]);
    const variables = {
      CI_REGISTRY: guarded.host,
      CI_REGISTRY_USER: user.username,
      CI_REGISTRY_PASSWORD: user.password,
    };

    const result = await push("sealed/app", { credsStore: "sealed" }, { variables });

    expect(result.exitCode).to.equal(errorCodes.CREDENTIALS_INVALID.exitCode);
    expect(result.stderr).to.include("the vault is sealed");
    expect(hasTag("sealed/app")).to.equal(false);
  });

  function pushAs(password: string, repository = "team/app"): Promise<SlipwayResult> {
    const auth = btoa(`${user.username}:${password}`);
    return push(repository, { auths: { [guarded.host]: { auth } } });
  }

  /** Builds and pushes with this config.json, and with variables and flags beside it. */
  async function push(
    repository: string,
    config: object,
    { flags = [], host = guarded.host, variables = {} }: Beside = {},
  ): Promise<SlipwayResult> {
    await writeFile(yard.path("docker/config.json"), textOf(config));
    const context = await yard.context({ Dockerfile: "FROM busybox\nCOPY a /\n", a: "" });
    const destination = `--destination=${host}/${repository}:1`;
    const args = [destination, `--insecure-registry=${host}`, ...flags];
    const environment = { PATH: `${yard.directory}:${process.env["PATH"] ?? ""}`, ...variables };
    return yard.build(context, args, { environment });
  }

  async function writeHelper(name: string, script: readonly string[]): Promise<void> {
    const file = yard.path(`docker-credential-${name}`);
    await writeFile(file, ["#!/bin/sh", ...script, ""].join("\n"));
    await chmod(file, 0o755);
  }

  function hasTag(repository: string): boolean {
    const repositories = path.join(guarded.directory, "docker/registry/v2/repositories");
    return existsSync(path.join(repositories, repository, "_manifests/tags/1"));
  }
});

interface Beside {
  readonly flags?: readonly string[];
  /** Default: the registry that asks for the user. */
  readonly host?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The user for one part of a registry, and another one for all else of it. */
function configOf(host: string): object {
  const auth = btoa(`${user.username}:${user.password}`);
  const other = btoa(`${user.username}:${wrongPassword}`);
  return { auths: { [host]: { auth: other }, [`${host}/variable`]: { auth } } };
}

function textOf(document: object): string {
  return JSON.stringify(document);
}
