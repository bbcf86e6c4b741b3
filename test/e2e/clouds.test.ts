import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { startAmazonServer } from "../support/amazon-server.ts";
import { azureRefreshToken, startAzureServer } from "../support/azure-server.ts";
import { BuildYard } from "../support/build-yard.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import {
  type DockerRegistry,
  type DockerRegistryOptions,
  startDockerRegistry,
} from "../support/docker-registry.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { startNamedRegistry } from "../support/named-registry.ts";
import type { SlipwayResult } from "../support/slipway-cli.ts";
import { startTokenServer, type TokenServer } from "../support/token-server.ts";

describe("e2e/clouds", function () {
  this.timeout(60_000);
  let yard: BuildYard;
  let signer: CertificateFiles;

  before(async function () {
    // The usual port of HTTPS is root's.
    if (process.getuid?.() !== 0) this.skip();
    yard = await BuildYard.open();
    signer = await makeCertificate(yard.directory, "signer");
    await writeFile(yard.path("token"), "token of the account");
  });

  after(() => yard?.[Symbol.asyncDispose]());

  it("pushes to ECR by IRSA's web identity", async () => {
    await using amazon = await startAmazonServer();
    const basic = { username: "AWS", password: "password:of ECR" };
    const role = "arn:aws:iam::123456789012:role/builder";

    const result = await push("123456789012.dkr.ecr.eu-west-1.amazonaws.com", {
      registry: { basic },
      environment: {
        AWS_ENDPOINT_URL: amazon.address,
        AWS_WEB_IDENTITY_TOKEN_FILE: yard.path("token"),
        AWS_ROLE_ARN: role,
      },
    });

    expect(result.stderr).to.include(`ECR token by web identity of role ${role}`);
  });

  it("pushes to ACR by workload identity", async () => {
    await using azure = await startAzureServer(signer);
    await using tokens = await startTokens({ refreshToken: azureRefreshToken });

    const result = await push("team.azurecr.io", {
      registry: { token: tokens.settings },
      exchange: new URL(azure.address).host,
      environment: {
        AZURE_AUTHORITY_HOST: azure.authority,
        AZURE_TENANT_ID: "tenant-of-test",
        AZURE_CLIENT_ID: "client",
        AZURE_FEDERATED_TOKEN_FILE: yard.path("token"),
        NODE_EXTRA_CA_CERTS: signer.certificate,
      },
    });

    expect(result.stderr).to.include("ACR token by workload identity client");
  });

  it("pushes to Artifact Registry by GKE's workload identity", async () => {
    await using google = await startGoogleServer(signer);
    await using tokens = await startTokens({ password: "token of the metadata server" });

    const result = await push("europe-docker.pkg.dev", {
      registry: { token: tokens.settings },
      environment: { GCE_METADATA_HOST: google.host },
    });

    expect(result.stderr).to.include("Google token by the metadata server");
  });

  function startTokens(known: {
    readonly password?: string;
    readonly refreshToken?: string;
  }): Promise<TokenServer> {
    const username = "oauth2accesstoken";
    return startTokenServer({ signer, username, password: "no", refreshToken: "no", ...known });
  }

  interface Push {
    readonly registry: DockerRegistryOptions;
    readonly exchange?: string;
    readonly environment: Readonly<Record<string, string>>;
  }

  /** Pushes to a registry of that name, and checks that the image is there. */
  async function push(name: string, { registry, exchange, environment }: Push) {
    await using behind: DockerRegistry = await startDockerRegistry(registry);
    await using front = await startNamedRegistry({
      name,
      registry: behind.host,
      directory: yard.directory,
      ...(exchange === undefined ? {} : { exchange }),
    });
    const context = await yard.context({ Dockerfile: "FROM scratch\nCOPY a /\n", a: "" });
    const { host: realm } = new URL(registry.token?.realm ?? "http://127.0.0.1:1");

    const result: SlipwayResult = await yard.build(
      context,
      [
        `--destination=${name}/project/app:1`,
        `--registry-certificate=${name}=${front.certificate}`,
        `--insecure-registry=${realm}`,
      ],
      { environment: { ...front.environment, ...environment } },
    );

    expect(result.exitCode, result.stderr).to.equal(0);
    const repository = "docker/registry/v2/repositories/project/app";
    expect(existsSync(path.join(behind.directory, repository, "_manifests/tags/1"))).to.equal(true);
    return result;
  }
});
