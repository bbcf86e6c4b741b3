import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { digestOf } from "../../../src/image/digest.ts";
import { type AzureServer, startAzureServer } from "../../support/azure-server.ts";
import { azureKey } from "../../support/bucket-clouds.ts";
import { type BucketServer, startBucketServer } from "../../support/bucket-server.ts";
import { type CertificateFiles, makeCertificate } from "../../support/certificates.ts";
import { type FetchOutcome, fetchContextOf } from "../../support/fetch-context-of.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const host = "accountoftest.blob.core.windows.net";
const location = `https://${host}/team/Dockerfile`;
const text = "FROM scratch\n";
const checksumOf = (content: string): string => digestOf(content).replace(":", "=");

describe("context/buckets/azure-bucket", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let files: CertificateFiles;
  let azure: AzureServer;
  let server: BucketServer;

  before(async () => {
    directory = await makeTemporaryDirectory();
    files = await makeCertificate(directory.path, "azure", [
      host,
      "login.partner.microsoftonline.cn",
      "login.microsoftonline.us",
      "login.microsoftonline.com",
    ]);
    await writeFile(directory.join("token"), "token of the account\n");
  });

  after(() => directory[Symbol.asyncDispose]());

  beforeEach(async () => {
    azure = await startAzureServer(files);
    const objects = new Map([["Dockerfile", Buffer.from(text)]]);
    server = await startBucketServer({ dialect: "blob", bucket: "team", objects, files });
  });

  afterEach(async () => {
    await azure[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const fetchAs = (
    environment: Readonly<Record<string, string>>,
    from = location,
  ): Promise<FetchOutcome> =>
    fetchContextOf(from, {
      HTTPS_PROXY: `http://${server.host}`,
      NODE_EXTRA_CA_CERTS: files.certificate,
      AZURE_AUTHORITY_HOST: azure.authority,
      // Nobody's, unless a test says otherwise.
      AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${server.host}`,
      ...environment,
    });
  const workload = () => ({
    AZURE_TENANT_ID: "tenant-of-test",
    AZURE_CLIENT_ID: "client",
    AZURE_FEDERATED_TOKEN_FILE: directory.join("token"),
  });
  const lastRequest = () => server.requests.at(-1);

  it("signs with the key of the account", async () => {
    const { dockerfile, error, log } = await fetchAs({ AZURE_STORAGE_ACCESS_KEY: azureKey });

    expect(error).to.equal(undefined);
    expect(dockerfile).to.equal(text);
    expect(lastRequest()?.authorization).to.match(/^SharedKey accountoftest:/);
    expect(JSON.stringify(log)).to.include("AZURE_STORAGE_ACCESS_KEY").but.not.include(azureKey);
  });

  it("takes the signature of the URL, and compares the checksum", async () => {
    const signed = `${location}?sv=1&sig=secret%2Bsignature`;

    const { dockerfile, log } = await fetchAs({}, `${signed}#${checksumOf(text)}`);
    const { error } = await fetchAs({}, `${signed}#${checksumOf("other")}`);

    expect(dockerfile).to.equal(text);
    expect(lastRequest()).to.deep.include({ authorization: undefined });
    expect(lastRequest()?.query).to.include("sig=secret%2Bsignature");
    expect(error?.code).to.equal("CONTEXT_CHECKSUM_MISMATCH");
    expect(JSON.stringify([error, log])).to.not.include("secret");
  });

  it("asks by workload identity", async () => {
    const { dockerfile, error, log } = await fetchAs(workload());

    expect(error).to.equal(undefined);
    expect(dockerfile).to.equal(text);
    expect(azure.requests[0]?.fields["scope"]).to.include("https://storage.azure.com/.default");
    expect(lastRequest()?.authorization).to.equal("Bearer token of entra");
    expect(log.join("\n")).to.include("workload identity client");
  });

  for (const [suffix, authority] of [
    // Where the SDK goes for login.chinacloudapi.cn.
    ["blob.core.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    ["blob.core.usgovcloudapi.net", "login.microsoftonline.us"],
    ["blob.core.windows.net", "login.microsoftonline.com"],
  ]) {
    it(`asks ${authority} who the pod is for ${suffix}`, async () => {
      const address = `https://accountoftest.${suffix}/team/Dockerfile`;

      const { error } = await fetchAs({ ...workload(), AZURE_AUTHORITY_HOST: "" }, address);

      expect(error?.code).to.equal("CONTEXT_REFUSED");
      expect(server.requests.map(({ host: asked }) => asked)).to.include(authority);
    });
  }

  it("asks by a managed identity", async () => {
    const { dockerfile } = await fetchAs({ AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.address });

    expect(dockerfile).to.equal(text);
    expect(lastRequest()?.authorization).to.equal("Bearer token of metadata");
  });

  it("says that an identity is refused", async () => {
    azure.refuse("entra", 401);

    const { error } = await fetchAs(workload());

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("no credentials that work").and.include("AADSTS700016");
    expect(error?.hint).to.include("Storage Blob Data Reader");
  });

  it("reads what is public as nobody", async () => {
    const { dockerfile } = await fetchAs({});

    expect(dockerfile).to.equal(text);
    expect(lastRequest()?.authorization).to.equal(undefined);
  });

  it("refuses a connection string that is none, or is another account's", async () => {
    const none = await fetchAs({ AZURE_STORAGE_CONNECTION_STRING: "AccountKey=secretkey" });
    const other = await fetchAs({
      AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=https;AccountName=other;AccountKey=${azureKey};EndpointSuffix=core.windows.net`,
    });

    expect([none.error?.code, other.error?.code]).to.deep.equal([
      "CONTEXT_REFUSED",
      "CONTEXT_REFUSED",
    ]);
    expect(none.error?.message).to.not.include("secretkey");
    expect(other.error?.message).to.include("is for the account other");
  });
});
