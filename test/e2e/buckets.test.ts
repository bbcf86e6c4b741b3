import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { startAmazonServer } from "../support/amazon-server.ts";
import { startAzureServer } from "../support/azure-server.ts";
import { azureKey } from "../support/bucket-clouds.ts";
import { type BucketServer, startBucketServer } from "../support/bucket-server.ts";
import { BuildYard } from "../support/build-yard.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { manifestOf } from "../support/registry-queries.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";

const run = promisify(execFile);
const dockerfile = `FROM busybox
COPY hello /
RUN test hello = "$(cat /hello)" && ! env | grep -E '^(AWS|AZURE|GOOGLE|GCE)_'
`;

describe("e2e/buckets", function () {
  this.timeout(60_000);
  let yard: BuildYard;
  let files: CertificateFiles;
  let objects: Map<string, Buffer>;

  before(async () => {
    yard = await BuildYard.open();
    const hosts = ["team.blob.core.windows.net", "storage.googleapis.com"];
    files = await makeCertificate(yard.directory, "clouds", hosts);
    await writeFile(yard.path("token"), "token of the account");
    const context = await yard.context({ Dockerfile: dockerfile, hello: "hello" });
    const archive = yard.path("context.tar.gz");
    await run("tar", ["-czf", archive, "-C", context, "."]);
    objects = new Map([
      ["context.tar.gz", await readFile(archive)],
      ["app/Dockerfile", Buffer.from(dockerfile)],
      ["app/hello", Buffer.from("hello")],
    ]);
  });

  after(() => yard?.[Symbol.asyncDispose]());

  const start = (dialect: "blob" | "gcs" | "s3"): Promise<BucketServer> =>
    startBucketServer({ dialect, bucket: "team", objects, files });

  it("builds an archive of S3, by IRSA's web identity, through a broken connection", async () => {
    await using server = await start("s3");
    await using amazon = await startAmazonServer();
    server.breakOnce();

    await build("s3://team/context.tar.gz", {
      AWS_ENDPOINT_URL_S3: `http://${server.host}`,
      AWS_ENDPOINT_URL_STS: amazon.address,
      AWS_WEB_IDENTITY_TOKEN_FILE: yard.path("token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/builder",
      AWS_REGION: "eu-west-1",
    });

    expect(server.requests).to.have.lengthOf(2);
  });

  it("builds a prefix of Azure Blob Storage, by workload identity", async () => {
    await using server = await start("blob");
    await using azure = await startAzureServer(files);

    await build("https://team.blob.core.windows.net/team/app/", {
      HTTPS_PROXY: `http://${server.host}`,
      NODE_EXTRA_CA_CERTS: files.certificate,
      AZURE_AUTHORITY_HOST: azure.authority,
      AZURE_TENANT_ID: "tenant-of-test",
      AZURE_CLIENT_ID: "client",
      AZURE_FEDERATED_TOKEN_FILE: yard.path("token"),
    });

    expect(server.requests.at(-1)?.authorization).to.equal("Bearer token of entra");
  });

  it("builds a bucket of Google's, by GKE's workload identity", async () => {
    await using server = await start("gcs");
    await using google = await startGoogleServer(files);

    await build("gs://team", {
      HTTPS_PROXY: `http://${server.host}`,
      NODE_EXTRA_CA_CERTS: files.certificate,
      GCE_METADATA_HOST: google.host,
    });

    expect(server.requests.at(-1)?.authorization).to.equal("Bearer token of the metadata server");
  });

  it("shows credentials of a context to no command, in no image and in no log", async () => {
    const secrets = {
      AWS_SECRET_ACCESS_KEY: "SecretOfAmazon",
      AWS_SESSION_TOKEN: "SessionOfAmazon",
      AZURE_STORAGE_CONNECTION_STRING: `AccountKey=${azureKey}`,
      AZURE_CLIENT_SECRET: "SecretOfAzure",
      GIT_TOKEN: "TokenOfGit",
    };
    const spy = `FROM busybox
COPY . /context
RUN { env; cat /proc/*/environ /proc/*/cmdline; find / -xdev -type f ! -name seen -exec cat {} +; } > /seen 2> /dev/null; cat /seen
`;
    objects.set("spied/Dockerfile", Buffer.from(spy));
    await using server = await start("s3");

    const { stderr } = await build(
      "s3://team/spied/",
      {
        S3_ENDPOINT: `http://${server.host}`,
        AWS_ACCESS_KEY_ID: "AKIATEST",
        ...secrets,
      },
      [`--tar-path=${yard.path("spied.tar")}`, "--verbosity=trace"],
    );

    const unpacked = yard.path("spied");
    await run("sh", [
      "-c",
      'mkdir "$2" && tar -xf "$1" -C "$2"',
      "sh",
      `${unpacked}.tar`,
      unpacked,
    ]);
    const { stdout } = await run(
      "sh",
      ["-c", 'cd "$1"; cat *; for layer in *.gz; do zcat "$layer"; done', "sh", unpacked],
      { maxBuffer: 1 << 28, encoding: "latin1" },
    );
    expect(stderr).to.include("PATH=");
    expect(stdout).to.include("PATH=").and.include("COPY . /context");
    for (const value of [...Object.values(secrets), azureKey]) {
      expect(stderr.includes(value), value).to.equal(false);
      expect(stdout.includes(value), value).to.equal(false);
    }
  });

  async function build(
    context: string,
    environment: Readonly<Record<string, string>>,
    more: readonly string[] = [],
  ): Promise<SlipwayResult> {
    const { host } = yard.registry;
    const { result } = startSlipway(
      [
        "build",
        `--context=${context}`,
        `--destination=${host}/buckets:1`,
        `--insecure-registry=${host}`,
        `--registry-map=docker.io=${host}`,
        ...more,
      ],
      {
        environment: {
          TMPDIR: yard.path("tmp"),
          DOCKER_CONFIG: yard.path("docker"),
          NO_COLOR: "1",
          HOME: yard.directory,
          NO_PROXY: "127.0.0.1",
          ...environment,
        },
      },
    );
    const ended = await result;
    const { exitCode, stderr } = ended;
    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.include("context comes from a bucket").and.not.include("token of");
    expect(await manifestOf(host, "buckets", "1")).to.have.property("layers");
    expect(await yard.leftovers()).to.deep.equal([]);
    return ended;
  }
});
