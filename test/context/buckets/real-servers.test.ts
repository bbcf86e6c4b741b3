import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { gzipSync } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { expect } from "chai";
import { makeCertificate } from "../../support/certificates.ts";
import { type FetchOutcome, fetchContextOf } from "../../support/fetch-context-of.ts";
import { type HttpProxy, startHttpProxy } from "../../support/http-proxy.ts";
import { rawTar } from "../../support/raw-tar.ts";
import { type StoreServer, startAzurite, startS3rver } from "../../support/store-servers.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const archive = gzipSync(rawTar([{ name: "hello", type: "0", body: "from an archive" }]));
const objects: Readonly<Record<string, Buffer>> = {
  "context.tar.gz": archive,
  "damaged.tar.gz": archive.subarray(0, 60),
  "app/Dockerfile": Buffer.from("FROM scratch\n"),
  "app/deep/a b": Buffer.from("below a prefix"),
  empty: Buffer.alloc(0),
};
const below = {
  Dockerfile: "FROM scratch\n",
  deep: "/",
  "deep/a b": "below a prefix",
};
type Environment = Readonly<Record<string, string>>;

/** Who asks a store; not `isKnown` is with credentials that it does not let in. */
interface Asker {
  readonly locate: (key: string, isKnown: boolean) => string;
  readonly environment: (isKnown: boolean) => Environment;
}

/** What holds for every store. */
function itServes({ environment, locate }: Asker): void {
  const fetch = (key: string, isKnown = true): Promise<FetchOutcome> =>
    fetchContextOf(locate(key, isKnown), environment(isKnown));

  it("serves an archive, a prefix and a Dockerfile", async () => {
    expect((await fetch("team/context.tar.gz")).files).to.deep.equal({ hello: "from an archive" });
    expect((await fetch("team/app/")).files).to.deep.equal(below);
    expect((await fetch("team/app/Dockerfile")).dockerfile).to.equal("FROM scratch\n");
  });

  it("says what is not there, or no archive", async () => {
    const codes: Readonly<Record<string, string>> = {
      "team/absent.tar.gz": "CONTEXT_NOT_FOUND",
      "team/absent/": "CONTEXT_NOT_FOUND",
      "team/empty": "CONTEXT_REFUSED",
      "team/damaged.tar.gz": "CONTEXT_UNREADABLE",
    };
    for (const [key, code] of Object.entries(codes)) {
      const { error } = await fetch(key);

      expect(error?.code, key).to.equal(code);
      expect(error?.message, key).to.include(key);
    }
  });

  it("lets nobody in with wrong credentials", async () => {
    const { error } = await fetch("team/context.tar.gz", false);

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("team/context.tar.gz: access is denied");
    expect(JSON.stringify(error)).to.not.match(/sig=|wrong/);
  });
}

describe("context/buckets/real-servers", function () {
  this.timeout(60_000);

  describe("s3rver", () => {
    let server: StoreServer;

    before(async () => {
      server = await startS3rver("team");
      const client = new S3Client({
        endpoint: `http://${server.host}`,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
        requestChecksumCalculation: "WHEN_REQUIRED",
      });
      for (const [Key, Body] of Object.entries(objects)) {
        await client.send(new PutObjectCommand({ Bucket: "team", Key, Body }));
      }
      client.destroy();
    });

    after(() => server[Symbol.asyncDispose]());

    const asker: Asker = {
      locate: (key) => `s3://${key}`,
      environment: (isKnown) => ({
        S3_ENDPOINT: `http://${server.host}`,
        AWS_ACCESS_KEY_ID: isKnown ? "S3RVER" : "wrong",
        AWS_SECRET_ACCESS_KEY: "S3RVER",
      }),
    };
    itServes(asker);

    it("has no other bucket", async () => {
      const { error } = await fetchContextOf("s3://other/x/", asker.environment(true));

      expect(error?.message).to.include("there is no bucket other");
    });
  });

  describe("Azurite", () => {
    const account = { name: "accountoftest", key: Buffer.alloc(64, 7).toString("base64") };
    const wrongKey = Buffer.alloc(64, 8).toString("base64");
    const host = `${account.name}.blob.core.windows.net`;
    const credential = new StorageSharedKeyCredential(account.name, account.key);
    let directory: TemporaryDirectory;
    let server: StoreServer;
    /** Every host of Azure is the server. */
    let proxy: HttpProxy;
    let trust: string;

    before(async () => {
      directory = await makeTemporaryDirectory();
      const files = await makeCertificate(directory.path, "azure", [host]);
      trust = files.certificate;
      server = await startAzurite(account, files);
      proxy = await startHttpProxy(server.host);
      await fill();
    });

    after(async () => {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });

    async function fill(): Promise<void> {
      const known = getCACertificates("default");
      setDefaultCACertificates([...known, await readFile(trust, "utf8")]);
      const address = `https://${server.host}/${account.name}`;
      const container = new BlobServiceClient(address, credential).getContainerClient("team");
      await container.create();
      for (const [key, body] of Object.entries(objects)) {
        await container.getBlockBlobClient(key).uploadData(body);
      }
      setDefaultCACertificates(known);
    }

    const environment = (): Environment => ({
      HTTPS_PROXY: `http://${proxy.host}`,
      NODE_EXTRA_CA_CERTS: trust,
    });

    describe("by the key of the account", () => {
      const asker: Asker = {
        locate: (key) => `https://${host}/${key}`,
        environment: (isKnown) => ({
          ...environment(),
          AZURE_STORAGE_ACCESS_KEY: isKnown ? account.key : wrongKey,
        }),
      };
      itServes(asker);

      it("has no other container", async () => {
        const { error } = await fetchContextOf(
          asker.locate("other/x/", true),
          asker.environment(true),
        );

        expect(error?.message).to.include("there is no container other");
      });
    });

    describe("by a connection string", () => {
      itServes({
        locate: (key) => `https://${host}/${key}`,
        environment: (isKnown) => ({
          ...environment(),
          AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=https;AccountName=${account.name};AccountKey=${isKnown ? account.key : wrongKey};EndpointSuffix=core.windows.net`,
        }),
      });
    });

    describe("by a signature in the URL", () => {
      itServes({
        locate: (key, isKnown) => `https://${host}/${key}?${signature(isKnown)}`,
        environment,
      });
    });

    function signature(isKnown: boolean): string {
      const signer = isKnown ? credential : new StorageSharedKeyCredential(account.name, wrongKey);
      const permissions = ContainerSASPermissions.parse("rl");
      const expiresOn = new Date(Date.now() + 3_600_000);
      const values = { containerName: "team", permissions, expiresOn };
      return generateBlobSASQueryParameters(values, signer).toString();
    }
  });
});
