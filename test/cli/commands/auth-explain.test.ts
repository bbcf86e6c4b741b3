import { chmod, mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { runCli } from "../../../src/cli/run-cli.ts";
import type { CredentialsReport } from "../../../src/registry/explain-credentials.ts";
import { startAmazonServer } from "../../support/amazon-server.ts";
import { fakeHost } from "../../support/fake-host.ts";
import { startSlipway } from "../../support/slipway-cli.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const secret = "tell-nobody";

describe("cli/commands/auth-explain", function () {
  this.timeout(20_000);
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    await mkdir(directory.join(".docker"));
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  it("shows what each source said, and the one that is used, without its secret", async () => {
    await writeConfig({ credHelpers: { "r.example": "none" } });
    await writeHelper("none", "echo credentials not found in native keychain; exit 1");
    const variables = {
      SLIPWAY_AUTH_R_EXAMPLE_USER: "clerk",
      SLIPWAY_AUTH_R_EXAMPLE_PASSWORD: secret,
    };

    const { exitCode, text } = await explain("r.example/team/app:1", variables);

    expect(exitCode).to.equal(0);
    expect(text).not.to.include(secret);
    expect(text.split("\n").slice(0, 10).map(squeeze)).to.deep.equal([
      "r.example/team/app: the credentials of variables for hosts are used",
      "",
      ` ${directory.path}/.docker none: ${directory.path}/.docker/config.json has none for it, nor has docker-credential-none`,
      " /kaniko/.docker none: there is no such file",
      " DOCKER_AUTH_CONFIG none: it is not set",
      " REGISTRY_AUTH_FILE none: it is not set",
      " variables for hosts found: clerk:***, SLIPWAY_AUTH_R_EXAMPLE_USER",
      " Amazon ECR not asked",
      " Azure Container Registry not asked",
      " Google Artifact Registry not asked",
    ]);
  });

  it("asks a helper for real, and says why it fails", async () => {
    await writeConfig({ credHelpers: { "r.example": "broken" } });
    await writeHelper("broken", "echo the vault is sealed; exit 3");
    const token = { CI_REGISTRY: "r.example", CI_JOB_TOKEN: secret };

    const { exitCode, report } = await explainAsJson("r.example/app", token);

    expect(exitCode).to.equal(1);
    expect(report.used).to.equal(null);
    expect(report.sources[0]).to.deep.equal({
      source: directory.join(".docker"),
      said: "failed",
      code: "CREDENTIALS_INVALID",
      reason: "docker-credential-broken failed for r.example (exit code 3): the vault is sealed",
      hint: "Correct what the message names; slipway auth explain shows all sources",
    });
    expect(report.sources.find(({ source }) => source === "GitLab CI")).to.deep.equal({
      source: "GitLab CI",
      said: "found",
      origin: "CI_JOB_TOKEN",
      username: "gitlab-ci-token",
    });
  });

  it("reports a file that cannot be used also where another one is asked first", async () => {
    await writeConfig({ auths: { "r.example": { identitytoken: secret } } });

    const { exitCode, text } = await explain("r.example/app", { DOCKER_AUTH_CONFIG: "{" });

    expect(exitCode).to.equal(1);
    expect(text).not.to.include(secret);
    expect(text).to.match(/^r\.example\/app: a source fails, and a build would end\n/);
    expect(text).to.include("found: an identity token, ");
    expect(text).to.include("failed: cannot use DOCKER_AUTH_CONFIG: it is not JSON");
  });

  it("says that there are none, which is no failure", async () => {
    const { exitCode, report } = await explainAsJson("busybox", {}, "--credential-helpers=github");

    expect(exitCode).to.equal(0);
    expect(report).to.include({ repository: "docker.io/library/busybox", used: null });
    expect(report.sources.at(-1)).to.deep.equal({
      source: "GitHub",
      said: "absent",
      reason: "it is for ghcr.io only",
    });
  });

  it("asks a cloud for real", async () => {
    await using amazon = await startAmazonServer();
    const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    const environment = {
      HOME: directory.path,
      AWS_ENDPOINT_URL: amazon.address,
      AWS_ACCESS_KEY_ID: "AKIATEST",
      AWS_SECRET_ACCESS_KEY: secret,
    };

    const asked = startSlipway(["auth", "explain", `${host}/app`], { environment });
    const granted = await asked.result;
    amazon.refuse("GetAuthorizationToken", "AccessDeniedException");
    const refused = await startSlipway(["auth", "explain", `${host}/app`], { environment }).result;

    expect(granted.stdout).to.include("found: AWS:***, ECR token by AWS_ACCESS_KEY_ID");
    expect(granted.stdout).not.to.include("password:of ECR");
    expect(refused.exitCode).to.equal(1);
    expect(refused.stdout).to.include(
      `failed: cannot log in to ${host} by AWS_ACCESS_KEY_ID: AccessDeniedException`,
    );
  });

  it("wants an image", async () => {
    const host = fakeHost(["auth", "explain"]);

    expect(await runCli(host, { build: neverBuild })).to.equal(2);
    expect(host.errors.join("")).to.include("there is no image to look for credentials of");
  });

  async function explain(
    name: string,
    variables: Readonly<Record<string, string>>,
    ...flags: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly text: string }> {
    const environment = {
      HOME: directory.path,
      PATH: `${directory.path}:/usr/bin:/bin`,
      ...variables,
    };
    const host = fakeHost(["auth", "explain", name, ...flags], environment);
    const exitCode = await runCli(host, { build: neverBuild });
    expect(host.errors).to.deep.equal([]);
    return { exitCode, text: host.out.join("") };
  }

  async function explainAsJson(
    name: string,
    variables: Readonly<Record<string, string>>,
    ...flags: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly report: CredentialsReport }> {
    const { exitCode, text } = await explain(name, variables, "--format=json", ...flags);
    expect(text).not.to.include(secret);
    return { exitCode, report: JSON.parse(text) as CredentialsReport };
  }

  async function writeConfig(document: object): Promise<void> {
    await writeFile(directory.join(".docker/config.json"), JSON.stringify(document));
  }

  async function writeHelper(name: string, script: string): Promise<void> {
    const file = directory.join(`docker-credential-${name}`);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
});

/** A line with the widths of its columns taken away. */
function squeeze(line: string): string {
  return line.replaceAll(/ +/g, " ");
}

function neverBuild(): never {
  throw new Error("a build was loaded for nothing");
}
