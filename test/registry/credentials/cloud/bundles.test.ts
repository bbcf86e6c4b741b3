import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { build } from "esbuild";
import { type AmazonServer, startAmazonServer } from "../../../support/amazon-server.ts";
import { type AzureServer, startAzureServer } from "../../../support/azure-server.ts";
import { bucketClouds, startBucketCloud } from "../../../support/bucket-clouds.ts";
import { type CertificateFiles, makeCertificate } from "../../../support/certificates.ts";
import { askClouds, cloudProgram } from "../../../support/cloud-login.ts";
import { fetchContextOf, fetchProgram } from "../../../support/fetch-context-of.ts";
import { type GoogleServer, keyFile, startGoogleServer } from "../../../support/google-server.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";

const run = promisify(execFile);

describe("registry/credentials/cloud, with SDKs in files of their own", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let certificate: CertificateFiles;

  before(async () => {
    directory = await makeTemporaryDirectory();
    certificate = await makeCertificate(directory.path, "clouds", ["oauth2.googleapis.com"]);
    const outdir = directory.join("dist");
    await run("npm", ["run", "--silent", "build:sdks", "--", `--outdir=${outdir}`]);
    await build({
      entryPoints: [cloudProgram, fetchProgram],
      bundle: true,
      platform: "node",
      format: "esm",
      external: ["*-sdk.mjs"],
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire("/");',
      },
      outdir: directory.join("dist"),
      outExtension: { ".js": ".mjs" },
    });
  });

  after(() => directory[Symbol.asyncDispose]());

  it("has one or two for each cloud", async () => {
    const files = (await readdir(directory.join("dist"))).filter((name) => name.endsWith(".mjs"));

    expect(files.toSorted()).to.deep.equal([
      "amazon-sdk.mjs",
      "ask-cloud-sources.mjs",
      "azure-sdk.mjs",
      "blob-sdk.mjs",
      "fetch-context.mjs",
      "gcs-sdk.mjs",
      "google-sdk.mjs",
      "s3-sdk.mjs",
    ]);
  });

  it("logs in to each cloud", async () => {
    await using amazon: AmazonServer = await startAmazonServer();
    await using azure: AzureServer = await startAzureServer(certificate);
    await using google: GoogleServer = await startGoogleServer(certificate);
    await writeFile(directory.join("token"), "token of the account");
    await writeFile(directory.join("key.json"), JSON.stringify(keyFile()));
    const environment = {
      AWS_ENDPOINT_URL: amazon.address,
      AWS_WEB_IDENTITY_TOKEN_FILE: directory.join("token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/builder",
      REGISTRY_OF_TEST: azure.address,
      AZURE_AUTHORITY_HOST: azure.authority,
      AZURE_TENANT_ID: "tenant-of-test",
      AZURE_CLIENT_ID: "client",
      AZURE_FEDERATED_TOKEN_FILE: directory.join("token"),
      GOOGLE_APPLICATION_CREDENTIALS: directory.join("key.json"),
      HTTPS_PROXY: `http://${google.host}`,
      NODE_EXTRA_CA_CERTS: certificate.certificate,
    };
    const images = [
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app",
      "public.ecr.aws/team/app",
      "team.azurecr.io/app",
      "europe-docker.pkg.dev/project/team/app",
    ];

    const outcomes = await askClouds(
      images,
      environment,
      directory.join("dist/ask-cloud-sources.mjs"),
    );

    expect(outcomes.map(({ answer, error }) => error ?? answer?.kind)).to.deep.equal(
      images.map(() => "found"),
    );
  });

  for (const cloud of bucketClouds) {
    it(`reads a context from ${cloud.dialect}`, async () => {
      await using server = await startBucketCloud(cloud, { "app/Dockerfile": "FROM scratch\n" });

      const { files } = await fetchContextOf(`${cloud.address}app/`, cloud.environmentOf(server), {
        program: directory.join("dist/fetch-context.mjs"),
      });

      expect(files).to.deep.equal({ Dockerfile: "FROM scratch\n" });
    });
  }
});
