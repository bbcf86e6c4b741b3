import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { amazonIdentity } from "../../../../src/support/clouds/amazon-identity.ts";
import { type AmazonServer, startAmazonServer } from "../../../support/amazon-server.ts";
import { askCloud, askClouds, type CloudOutcome } from "../../../support/cloud-login.ts";
import { makeTemporaryDirectory } from "../../../support/temporary-directory.ts";

const image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app";
const publicImage = "public.ecr.aws/docker/library/busybox";
const roleArn = "arn:aws:iam::123456789012:role/builder";
const credentials = { kind: "basic", username: "AWS", password: "password:of ECR" };
const keys = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "secret" };

describe("registry/credentials/cloud/amazon", function () {
  this.timeout(20_000);
  let amazon: AmazonServer;

  beforeEach(async () => {
    amazon = await startAmazonServer();
  });

  afterEach(() => amazon[Symbol.asyncDispose]());

  const ask = (name: string, environment: Readonly<Record<string, string>>) =>
    askCloud(name, { AWS_ENDPOINT_URL: amazon.address, ...environment });
  const actions = (): readonly string[] => amazon.requests.map(({ action }) => action);

  it("logs in to ECR by access keys, in the registry's own region", async () => {
    const { answer } = await ask(image, { ...keys, AWS_REGION: "us-west-2" });

    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer).to.have.property("origin", "ECR token by AWS_ACCESS_KEY_ID");
    const [request] = amazon.requests;
    expect(request?.proof).to.match(/^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d+\/eu-west-1\/ecr\//);
  });

  it("logs in to ECR Public, in the one region that has it", async () => {
    const { answer } = await ask(publicImage, { ...keys, AWS_REGION: "us-west-2" });

    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(amazon.requests[0]?.proof).to.include("/us-east-1/ecr-public/");
  });

  it("asks again after it was told to forget", async () => {
    const environment = { AWS_ENDPOINT_URL: amazon.address, ...keys };

    await askClouds([image, `anew:${image}`], environment);

    expect(actions()).to.deep.equal(["GetAuthorizationToken", "GetAuthorizationToken"]);
  });

  it("asks once for all repositories of a registry, and says when to ask again", async () => {
    const before = Date.now();
    const environment = { AWS_ENDPOINT_URL: amazon.address, ...keys };

    const outcomes = await askClouds([image, `${image}-two`], environment);

    expect(actions()).to.deep.equal(["GetAuthorizationToken"]);
    for (const { answer } of outcomes) {
      expect(answer)
        .to.have.property("renewAtMs")
        .that.is.within(before, before + 43_200_000);
    }
  });

  it("takes IRSA's web identity", async () => {
    const { answer } = await askAsWebIdentity();

    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer).to.have.property("origin", `ECR token by web identity of role ${roleArn}`);
    expect(actions()).to.deep.equal(["AssumeRoleWithWebIdentity", "GetAuthorizationToken"]);
    expect(amazon.requests[0]?.proof).to.equal("token of the account");
    expect(amazon.requests[1]?.proof).to.include("Credential=ASIATEST/");
  });

  it("fails where the role may not be taken", async () => {
    amazon.refuse("AssumeRoleWithWebIdentity", "AccessDenied");

    expect((await askAsWebIdentity()).error).to.deep.equal({
      code: "CREDENTIALS_INVALID",
      message:
        "cannot log in to 123456789012.dkr.ecr.eu-west-1.amazonaws.com by web identity of role " +
        `${roleArn}: AccessDenied: AccessDenied says the test`,
    });
  });

  it("takes EKS Pod Identity, whose token is sent as it is", async () => {
    await using directory = await makeTemporaryDirectory();
    await writeFile(directory.join("token"), "token of the pod");

    const { answer } = await ask(image, {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${amazon.address}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: directory.join("token"),
    });

    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer).to.have.property("origin", "ECR token by EKS Pod Identity");
    expect(amazon.requests[0]).to.deep.equal({
      action: "GET /v1/credentials",
      proof: "token of the pod",
    });
  });

  const metadata = () => ({
    AWS_EC2_METADATA_DISABLED: "false",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: amazon.address,
  });

  it("takes the role of the instance", async () => {
    const { answer } = await ask(image, metadata());

    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer).to.have.property("origin", "ECR token by the role of the instance");
    expect(actions()[0]).to.equal("PUT /latest/api/token");
  });

  it("takes a profile of the shared configuration", async () => {
    await using directory = await makeTemporaryDirectory();
    const lines = ["[ci]", "aws_access_key_id = AKIAPROFILE", "aws_secret_access_key = secret"];
    await writeFile(directory.join("credentials"), `${lines.join("\n")}\n`);

    const { answer } = await ask(image, {
      AWS_PROFILE: "ci",
      AWS_SHARED_CREDENTIALS_FILE: directory.join("credentials"),
    });

    expect(answer).to.have.property("origin", "ECR token by profile ci");
    expect(amazon.requests[0]?.proof).to.include("Credential=AKIAPROFILE/");
  });

  it("has nothing where nothing identifies the pod", async () => {
    const withoutMetadata = await ask(image, {});
    amazon.refuse("PUT /latest/api/token", "NotHere");
    const withoutRole = await ask(image, metadata());

    expect(withoutMetadata).to.have.nested.property("answer.kind", "absent");
    expect(withoutMetadata.warnings).to.deep.equal([]);
    expect(withoutRole).to.have.nested.property("answer.kind", "absent");
    expect(withoutRole.warnings).to.deep.equal([]);
    expect(actions()).to.not.include("GetAuthorizationToken");
  });

  it("fails where the identity has no right to ECR, and never goes on as nobody", async () => {
    amazon.refuse("GetAuthorizationToken", "AccessDeniedException");

    for (const environment of [keys, metadata()]) {
      const { error } = await ask(image, environment);
      expect(error?.code).to.equal("CREDENTIALS_INVALID");
      expect(error?.message).to.include("AccessDeniedException says the test");
    }
  });

  it("goes on as nobody, with a warning, where the identity has no right to ECR Public", async () => {
    amazon.refuse("GetAuthorizationToken", "AccessDeniedException");

    const { answer, warnings } = await ask(publicImage, keys);

    expect(answer).to.have.property("kind", "absent");
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.match(/^cannot log in to public\.ecr\.aws by AWS_ACCESS_KEY_ID: Access/);
  });

  it("fails where the keys are wrong, also for ECR Public", async () => {
    amazon.refuse("GetAuthorizationToken", "UnrecognizedClientException");

    expect((await ask(publicImage, keys)).error?.code).to.equal("CREDENTIALS_INVALID");
  });

  it("asks nothing for hosts that are not Amazon's", async () => {
    const { answer } = await ask(image.replace("/", ".example.com/"), keys);

    expect(answer).to.have.property("kind", "absent");
    expect(amazon.requests).to.deep.equal([]);
  });

  it("knows the identity that is configured, in the order of the SDK", () => {
    const file = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";
    const webIdentity = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: roleArn };

    expect(amazonIdentity({})).to.equal(undefined);
    expect(amazonIdentity({ AWS_ROLE_ARN: roleArn, AWS_REGION: "eu-west-1" })).to.equal(undefined);
    expect(amazonIdentity(webIdentity)).to.equal(`web identity of role ${roleArn}`);
    expect(amazonIdentity({ ...webIdentity, ...keys })).to.equal("AWS_ACCESS_KEY_ID");
    expect(amazonIdentity({ ...keys, AWS_PROFILE: "ci" })).to.equal("profile ci");
    expect(amazonIdentity({ AWS_CONFIG_FILE: "/c" })).to.equal("AWS_CONFIG_FILE");
    const task = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/x" };
    expect(amazonIdentity(task)).to.equal("the role of the task");
  });

  async function askAsWebIdentity(): Promise<CloudOutcome> {
    await using directory = await makeTemporaryDirectory();
    await writeFile(directory.join("token"), "token of the account");
    return await ask(image, {
      AWS_WEB_IDENTITY_TOKEN_FILE: directory.join("token"),
      AWS_ROLE_ARN: roleArn,
    });
  }
});
