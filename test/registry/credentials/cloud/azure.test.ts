import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { azureCloud } from "../../../../src/registry/credentials/cloud/azure.ts";
import {
  type AzureServer,
  azureRefreshToken,
  startAzureServer,
} from "../../../support/azure-server.ts";
import { type CertificateFiles, makeCertificate } from "../../../support/certificates.ts";
import { askCloud, askClouds, type CloudOutcome } from "../../../support/cloud-login.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";

const image = "team.azurecr.io/app";
const client = "11111111-2222-3333-4444-555555555555";
const credentials = { kind: "identity-token", token: azureRefreshToken };

const audience = (host: string) => azureCloud(host)?.audience;

describe("registry/credentials/cloud/azure", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let certificate: CertificateFiles;
  let azure: AzureServer;

  before(async () => {
    directory = await makeTemporaryDirectory();
    certificate = await makeCertificate(directory.path, "entra");
    await writeFile(directory.join("token"), "token of the account\n");
  });

  after(() => directory[Symbol.asyncDispose]());

  beforeEach(async () => {
    azure = await startAzureServer(certificate);
  });

  afterEach(() => azure[Symbol.asyncDispose]());

  const servers = () => ({
    REGISTRY_OF_TEST: azure.address,
    AZURE_AUTHORITY_HOST: `${azure.authority}/`,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: azure.address,
    NODE_EXTRA_CA_CERTS: certificate.certificate,
  });
  const ask = (environment: Readonly<Record<string, string>>): Promise<CloudOutcome> =>
    askCloud(image, { ...servers(), ...environment });
  const workload = () => ({
    AZURE_TENANT_ID: "tenant-of-test",
    AZURE_CLIENT_ID: client,
    AZURE_FEDERATED_TOKEN_FILE: directory.join("token"),
  });

  it("takes a workload identity, whose token is exchanged at the registry", async () => {
    const before = Date.now();

    const { answer } = await ask(workload());

    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer).to.have.property("origin", `ACR token by workload identity ${client}`);
    expect(answer)
      .to.have.property("renewAtMs")
      .that.is.within(before, before + 10_800_000);
    const [asked, exchanged, ...more] = azure.requests;
    expect(asked?.fields).to.include({
      client_id: client,
      client_assertion: "token of the account",
      grant_type: "client_credentials",
    });
    expect(asked?.fields["scope"]).to.include("https://containerregistry.azure.net/.default");
    expect(exchanged).to.deep.equal({
      from: "exchange",
      fields: {
        grant_type: "access_token",
        service: "team.azurecr.io",
        access_token: "token of entra",
      },
    });
    expect(more).to.deep.equal([]);
  });

  it("asks once for all repositories of a registry", async () => {
    await askClouds([image, "team.azurecr.io/other"], { ...servers(), ...workload() });

    expect(azure.requests.map(({ from }) => from)).to.deep.equal(["entra", "exchange"]);
  });

  it("takes a service principal before a workload identity", async () => {
    const { answer } = await ask({ ...workload(), AZURE_CLIENT_SECRET: "secret" });

    expect(answer).to.have.property("origin", `ACR token by service principal ${client}`);
    expect(azure.requests[0]?.fields).to.include({ client_secret: "secret" });
  });

  it("takes the managed identity that is named, and else the machine's", async () => {
    const named = await ask({ AZURE_CLIENT_ID: client });
    const other = await ask({});

    expect(named.answer).to.have.property("origin", `ACR token by managed identity ${client}`);
    expect(other.answer).to.have.property("origin", "ACR token by the managed identity");
    const asked = azure.requests.filter(({ from }) => from === "metadata");
    expect(asked.map(({ fields }) => fields["client_id"])).to.deep.equal([client, undefined]);
    expect(asked[0]?.fields["resource"]).to.equal("https://containerregistry.azure.net");
  });

  it("asks the metadata server itself, where there is a proxy", async () => {
    const { answer } = await ask({
      HTTP_PROXY: "http://127.0.0.1:1",
      HTTPS_PROXY: "http://127.0.0.1:1",
    });

    expect(answer).to.have.property("kind", "found");
  });

  it("has nothing where no metadata server of Azure's answers", async () => {
    const { answer, warnings } = await ask({
      AZURE_POD_IDENTITY_AUTHORITY_HOST: "http://127.0.0.1:1",
    });

    expect(answer).to.have.property("kind", "absent");
    expect(warnings).to.deep.equal([]);
  });

  it("fails where Entra refuses what is configured", async () => {
    azure.refuse("entra", 400);

    const { error } = await ask(workload());

    expect(error?.code).to.equal("CREDENTIALS_INVALID");
    expect(error?.message)
      .to.match(/^cannot log in to team\.azurecr\.io by workload identity /)
      .and.to.include("AADSTS700016: no such application");
  });

  it("fails where a workload identity lacks its client", async () => {
    const { error } = await ask({ AZURE_FEDERATED_TOKEN_FILE: directory.join("token") });

    expect(error?.code).to.equal("CREDENTIALS_INVALID");
    expect(error?.message).to.include("clientId is a required parameter");
  });

  it("fails where the registry refuses what is configured", async () => {
    azure.refuse("exchange", 401);

    const { error } = await ask(workload());

    expect(error?.code).to.equal("CREDENTIALS_INVALID");
    expect(error?.message).to.include("UNAUTHORIZED: authentication required");
    expect(error?.message).to.not.include("token of entra");
  });

  it("goes on as nobody, with a warning, where an identity that nobody configured is refused", async () => {
    azure.refuse("exchange", 401);

    const { answer, warnings } = await ask({});

    expect(answer).to.have.property("kind", "absent");
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.match(/ by the managed identity: .*; going on without credentials$/);
  });

  it("knows the registries of Azure's clouds, and no names that hold one", () => {
    expect(audience("team.azurecr.io")).to.equal("https://containerregistry.azure.net");
    expect(audience("team-a1b2.azurecr.cn")).to.equal("https://management.chinacloudapi.cn");
    expect(audience("team.azurecr.us")).to.equal("https://management.usgovcloudapi.net");
    for (const host of [
      "team.azurecr.io.example.com",
      "team.westeurope.data.azurecr.io",
      "team.azurecr.io:443",
      "azurecr.io",
      "team.azurecrXio",
      "mcr.microsoft.com",
    ]) {
      expect(audience(host), host).to.equal(undefined);
    }
  });
});
