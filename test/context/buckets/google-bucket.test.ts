import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { type BucketServer, startBucketServer } from "../../support/bucket-server.ts";
import { type CertificateFiles, makeCertificate } from "../../support/certificates.ts";
import { fetchContextOf } from "../../support/fetch-context-of.ts";
import {
  federationFile,
  type GoogleServer,
  startGoogleServer,
} from "../../support/google-server.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const location = "gs://team/Dockerfile";

describe("context/buckets/google-bucket", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let files: CertificateFiles;
  let google: GoogleServer;
  let server: BucketServer;

  before(async () => {
    directory = await makeTemporaryDirectory();
    files = await makeCertificate(directory.path, "google", ["storage.googleapis.com"]);
    await writeFile(directory.join("token"), "token of the account");
  });

  after(() => directory[Symbol.asyncDispose]());

  beforeEach(async () => {
    google = await startGoogleServer(files);
    server = await startBucketServer({
      dialect: "gcs",
      bucket: "team",
      objects: new Map([["Dockerfile", Buffer.from("FROM scratch\n")]]),
      files,
    });
  });

  afterEach(async () => {
    await google[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const proxied = () => ({
    HTTPS_PROXY: `http://${server.host}`,
    NODE_EXTRA_CA_CERTS: files.certificate,
  });

  it("asks by the metadata server, which is GKE's workload identity", async () => {
    const { dockerfile, error, log } = await fetchContextOf(location, {
      ...proxied(),
      METADATA_SERVER_DETECTION: "assume-present",
      GCE_METADATA_HOST: google.host,
    });

    expect(error).to.equal(undefined);
    expect(dockerfile).to.equal("FROM scratch\n");
    expect(server.requests[0]?.authorization).to.equal("Bearer token of the metadata server");
    expect(log.join("\n")).to.include("the metadata server");
  });

  it("asks by a workload identity federation", async () => {
    const federation = federationFile(google.host, directory.join("token"));
    await writeFile(directory.join("federation.json"), JSON.stringify(federation));

    const { dockerfile } = await fetchContextOf(location, {
      ...proxied(),
      GOOGLE_APPLICATION_CREDENTIALS: directory.join("federation.json"),
    });

    expect(dockerfile).to.equal("FROM scratch\n");
    expect(server.requests[0]?.authorization).to.equal("Bearer token of the service account");
  });

  it("says that an identity is refused", async () => {
    google.refuse(400);
    const federation = federationFile(google.host, directory.join("token"));
    await writeFile(directory.join("federation.json"), JSON.stringify(federation));

    const { error } = await fetchContextOf(location, {
      ...proxied(),
      GOOGLE_APPLICATION_CREDENTIALS: directory.join("federation.json"),
    });

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("no credentials that work").and.include("invalid_grant");
    expect(error?.hint).to.include("GOOGLE_APPLICATION_CREDENTIALS");
  });

  it("says that there is no such file of an identity", async () => {
    const { error } = await fetchContextOf(location, {
      ...proxied(),
      GOOGLE_APPLICATION_CREDENTIALS: "/nonexistent/key.json",
    });

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("/nonexistent/key.json");
  });

  it("reads what is public as nobody", async () => {
    const { dockerfile, log } = await fetchContextOf(location, proxied());

    expect(dockerfile).to.equal("FROM scratch\n");
    expect(server.requests[0]?.authorization).to.equal(undefined);
    expect(log.join("\n")).to.include("nobody");
  });

  it("says that a certificate is not trusted, once", async () => {
    const { error } = await fetchContextOf(location, { HTTPS_PROXY: `http://${server.host}` });

    expect(error?.code).to.equal("CONTEXT_UNREACHABLE");
    expect(error?.message).to.match(/certificate/i);
  });
});
