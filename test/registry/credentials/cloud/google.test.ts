import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { isGoogleRegistry } from "../../../../src/registry/credentials/cloud/google.ts";
import { googleIdentity } from "../../../../src/support/clouds/google-identity.ts";
import { type CertificateFiles, makeCertificate } from "../../../support/certificates.ts";
import { askCloud, askClouds } from "../../../support/cloud-login.ts";
import {
  federationFile,
  type GoogleServer,
  keyExchangeHost,
  keyFile,
  startGoogleServer,
} from "../../../support/google-server.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";

const image = "europe-docker.pkg.dev/project/team/app";
const scope = "https://www.googleapis.com/auth/cloud-platform";
const basic = (password: string) => ({ kind: "basic", username: "oauth2accesstoken", password });

describe("registry/credentials/cloud/google", function () {
  this.timeout(20_000);
  let directory: TemporaryDirectory;
  let certificate: CertificateFiles;
  let google: GoogleServer;

  before(async () => {
    directory = await makeTemporaryDirectory();
    certificate = await makeCertificate(directory.path, "google", [keyExchangeHost]);
  });

  after(() => directory[Symbol.asyncDispose]());

  beforeEach(async () => {
    google = await startGoogleServer(certificate);
  });

  afterEach(() => google[Symbol.asyncDispose]());

  const lines = (): readonly string[] => google.requests.map(({ line }) => line);
  const metadata = () => ({ METADATA_SERVER_DETECTION: "", GCE_METADATA_HOST: google.host });
  const withFile = async (content: object) => {
    const file = directory.join("credentials.json");
    await writeFile(file, JSON.stringify(content));
    return { GOOGLE_APPLICATION_CREDENTIALS: file };
  };
  const federated = async () => {
    await writeFile(directory.join("token"), "token of the account");
    return withFile(federationFile(google.host, directory.join("token")));
  };

  it("takes what the metadata server says the pod is, as GKE's workload identity does", async () => {
    const before = Date.now();

    const { answer } = await askCloud(image, metadata());

    const credentials = basic("token of the metadata server");
    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer).to.have.property("origin", "Google token by the metadata server");
    expect(answer)
      .to.have.property("renewAtMs")
      .that.is.within(before, before + 3_600_000);
    expect(lines()).to.deep.equal([
      "GET /computeMetadata/v1/instance",
      "GET /computeMetadata/v1/instance/service-accounts/default/token",
    ]);
    expect(google.requests[1]?.fields).to.deep.equal({ scopes: scope });
  });

  it("asks once for all registries, and the metadata server itself where there is a proxy", async () => {
    const proxy = { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" };

    const outcomes = await askClouds([image, "gcr.io/project/app"], { ...metadata(), ...proxy });

    expect(outcomes.map(({ answer }) => answer?.kind)).to.deep.equal(["found", "found"]);
    expect(lines()).to.have.lengthOf(2);
  });

  it("takes a federated identity, of which the service account's token is asked", async () => {
    const environment = await federated();

    const { answer } = await askCloud(image, environment);

    const credentials = basic("token of the service account");
    expect(answer).to.deep.include({ kind: "found", credentials });
    expect(answer)
      .to.have.property("origin")
      .that.equals(`Google token by ${googleIdentity(environment)}`);
    const [exchange, impersonation, ...more] = google.requests;
    expect(exchange?.fields).to.include({ subject_token: "token of the account" });
    expect(impersonation?.authorization).to.equal("Bearer token of the federation");
    expect(more).to.deep.equal([]);
  });

  it("takes the key of a service account, through the proxy that is configured", async () => {
    const { answer } = await askCloud(image, {
      ...(await withFile(keyFile())),
      HTTPS_PROXY: `http://${google.host}`,
      NODE_EXTRA_CA_CERTS: certificate.certificate,
    });

    expect(answer).to.deep.include({ kind: "found", credentials: basic("token of the key") });
    expect(lines()).to.deep.equal([`${keyExchangeHost} POST /token`]);
    const [, claims = ""] = (google.requests[0]?.fields["assertion"] ?? "").split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).to.deep.include({
      iss: "builder@example.com",
      scope,
    });
  });

  it("has nothing where no metadata server of Google's answers", async () => {
    const { answer, warnings } = await askCloud(image, {
      ...metadata(),
      GCE_METADATA_HOST: "127.0.0.1:1",
    });

    expect(answer).to.have.property("kind", "absent");
    expect(warnings).to.deep.equal([]);
  });

  it("fails where what is configured is refused", async () => {
    google.refuse(400);

    const { error } = await askCloud(image, await federated());

    expect(error?.code).to.equal("CREDENTIALS_INVALID");
    expect(error?.message)
      .to.match(/^cannot log in to europe-docker\.pkg\.dev by GOOGLE_APPLICATION_CREDENTIALS /)
      .and.to.include("the test refuses");
    expect(error?.message).to.not.include("token of the account");
  });

  it("fails where the file that is configured does not exist", async () => {
    const file = directory.join("missing.json");

    const { error } = await askCloud(image, { GOOGLE_APPLICATION_CREDENTIALS: file });

    expect(error?.code).to.equal("CREDENTIALS_INVALID");
    expect(error?.message).to.include("missing.json");
  });

  it("goes on as nobody, with a warning, where the metadata server gives no token", async () => {
    google.refuse(404);

    const { answer, warnings } = await askCloud("gcr.io/distroless/static", metadata());

    expect(answer).to.have.property("kind", "absent");
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.match(/^cannot log in to gcr\.io by the metadata server: /);
  });

  it("finds the file that gcloud keeps", async () => {
    const home = directory.join("home");
    await mkdir(directory.join("home/.config/gcloud"), { recursive: true });
    const file = directory.join("home/.config/gcloud/application_default_credentials.json");
    await writeFile(file, "{}");

    expect(googleIdentity({ HOME: home })).to.equal(file);
    expect(googleIdentity({ HOME: directory.path })).to.equal(undefined);
    expect(googleIdentity({ CLOUDSDK_CONFIG: directory.join("home/.config/gcloud") })).to.equal(
      file,
    );
  });

  it("knows Google's registries, and no names that hold one", () => {
    const known = ["gcr.io", "eu.gcr.io", "europe-docker.pkg.dev", "docker.us-east1.rep.pkg.dev"];
    const unknown = [
      "gcr.io.example.com",
      "xgcr.io",
      "a.b.gcr.io",
      "gcrXio",
      "docker.pkg.dev",
      "europe-docker.pkg.dev.example.com",
      "europe-docker.pkg.dev:443",
      "npm.pkg.dev",
    ];

    expect(known.filter((host) => !isGoogleRegistry(host))).to.deep.equal([]);
    expect(unknown.filter(isGoogleRegistry)).to.deep.equal([]);
  });
});
