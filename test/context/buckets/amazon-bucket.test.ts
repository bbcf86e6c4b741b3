import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { type AmazonServer, startAmazonServer } from "../../support/amazon-server.ts";
import { bucketClouds, startBucketCloud } from "../../support/bucket-clouds.ts";
import type { BucketServer } from "../../support/bucket-server.ts";
import { fetchContextOf } from "../../support/fetch-context-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const keys = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret" };
const location = "s3://team/Dockerfile";

describe("context/buckets/amazon-bucket", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let server: BucketServer;
  let amazon: AmazonServer;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    const [cloud] = bucketClouds;
    if (cloud === undefined) throw new Error("there is no cloud");
    server = await startBucketCloud(cloud, { Dockerfile: "FROM scratch\n" });
    amazon = await startAmazonServer();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await amazon[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  it("asks by IRSA's web identity, in the region that there is", async () => {
    const role = "arn:aws:iam::123456789012:role/builder";
    await writeFile(directory.join("token"), "token of the account");

    const { dockerfile, log } = await fetchContextOf(location, {
      AWS_ENDPOINT_URL_S3: `http://${server.host}`,
      AWS_ENDPOINT_URL_STS: amazon.address,
      AWS_REGION: "eu-west-1",
      AWS_WEB_IDENTITY_TOKEN_FILE: directory.join("token"),
      AWS_ROLE_ARN: role,
    });

    expect(dockerfile).to.equal("FROM scratch\n");
    expect(amazon.requests[0]?.proof).to.equal("token of the account");
    expect(server.requests[0]?.authorization).to.match(/Credential=ASIATEST\/\d+\/eu-west-1\/s3\//);
    expect(log.join("\n")).to.include(`web identity of role ${role}`);
  });

  it("asks by EKS Pod Identity", async () => {
    await writeFile(directory.join("token"), "token of the pod");

    const { dockerfile, log } = await fetchContextOf(location, {
      AWS_ENDPOINT_URL_S3: `http://${server.host}`,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${amazon.address}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: directory.join("token"),
    });

    expect(dockerfile).to.equal("FROM scratch\n");
    expect(amazon.requests[0]?.proof).to.equal("token of the pod");
    expect(server.requests[0]?.authorization).to.include("Credential=ASIATEST/");
    expect(log.join("\n")).to.include("EKS Pod Identity");
  });

  it("asks by the role of the instance", async () => {
    const { dockerfile, log } = await fetchContextOf(location, {
      AWS_ENDPOINT_URL_S3: `http://${server.host}`,
      AWS_EC2_METADATA_DISABLED: "false",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: amazon.address,
    });

    expect(dockerfile).to.equal("FROM scratch\n");
    expect(server.requests[0]?.authorization).to.include("Credential=ASIATEST/");
    expect(log.join("\n")).to.include("the role of the instance");
  });

  it("says that the web identity is refused", async () => {
    amazon.refuse("AssumeRoleWithWebIdentity", "InvalidIdentityToken");
    await writeFile(directory.join("token"), "token of the account");

    const { error } = await fetchContextOf(location, {
      AWS_ENDPOINT_URL_S3: `http://${server.host}`,
      AWS_ENDPOINT_URL_STS: amazon.address,
      AWS_REGION: "eu-west-1",
      AWS_WEB_IDENTITY_TOKEN_FILE: directory.join("token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/builder",
    });

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("access is denied (InvalidIdentityToken");
  });

  it("says that there are no credentials", async () => {
    const { error } = await fetchContextOf(location, { S3_ENDPOINT: `http://${server.host}` });

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("there are no credentials");
    expect(error?.hint).to.include("s3:GetObject");
  });

  it("writes the bucket into the host where paths are not wanted, through the proxy", async () => {
    const { dockerfile } = await fetchContextOf(location, {
      ...keys,
      S3_ENDPOINT: "http://storage.test",
      S3_FORCE_PATH_STYLE: "false",
      HTTP_PROXY: server.host,
    });

    // As a proxy the server does not see a bucket in the path.
    expect(dockerfile).to.equal(undefined);
    expect(server.requests[0]?.host).to.equal("team.storage.test");
  });

  it("wants an address in S3_ENDPOINT", async () => {
    const { error } = await fetchContextOf(location, { ...keys, S3_ENDPOINT: "http://" });

    expect(error?.code).to.equal("USAGE_INVALID_VALUE");
    expect(error?.message).to.include("S3_ENDPOINT");
  });

  it("wants an address of the proxy", async () => {
    const { error } = await fetchContextOf(location, { ...keys, HTTPS_PROXY: "http://" });

    expect(error?.code).to.equal("USAGE_INVALID_VALUE");
    expect(error?.message).to.include("HTTPS_PROXY");
  });

  it("says that a host is unknown", async () => {
    const { error } = await fetchContextOf(location, { ...keys, S3_ENDPOINT: "storage.invalid" });

    expect(error?.code).to.equal("CONTEXT_UNREACHABLE");
    expect(error?.message).to.include("the host is unknown");
    expect(error?.hint).to.include("S3_ENDPOINT");
  });
});
