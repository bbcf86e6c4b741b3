import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { azureKey } from "../support/bucket-clouds.ts";
import {
  type BucketServer,
  type BucketServerOptions,
  startBucketServer,
} from "../support/bucket-server.ts";
import { type CertificateFiles, makeCertificate } from "../support/certificates.ts";
import { fetchContextOf } from "../support/fetch-context-of.ts";
import { rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

type Environment = Readonly<Record<string, string>>;

const secret = "Secret7Credential";
const archive = gzipSync(rawTar([{ name: "hello", type: "0", body: "hello".repeat(1000) }]));
const objects = new Map([
  ["empty", Buffer.alloc(0)],
  ["truncated", archive.subarray(0, archive.length - 12)],
  ["no-archive", Buffer.alloc(4096, "no\0archive")],
]);

/** A kind of context that comes from another machine. */
interface Kind {
  readonly dialect: BucketServerOptions["dialect"];
  readonly base: string;
  /** What is behind the key in the address. */
  readonly suffix?: string;
  /** What messages call the base, where that is not the base. */
  readonly shown?: string;
  readonly environment: Environment;
  /** What leads to a host that there is not; the base alone where undefined. */
  readonly nowhere?: Environment;
}

const account = "https://accountoftest.blob.core.windows.net/";
const kinds: Readonly<Record<string, Kind>> = {
  "s3://": {
    dialect: "s3",
    base: "s3://",
    environment: {
      AWS_ACCESS_KEY_ID: "AKIATEST",
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_REGION: "eu-west-1",
      S3_FORCE_PATH_STYLE: "true",
    },
    nowhere: { S3_ENDPOINT: "https://nowhere.invalid" },
  },
  "gs://": {
    dialect: "gcs",
    base: "gs://",
    environment: {},
    nowhere: { STORAGE_EMULATOR_HOST: "https://nowhere.invalid" },
  },
  "Azure Blob, with a key": {
    dialect: "blob",
    base: account,
    environment: { AZURE_STORAGE_ACCESS_KEY: azureKey },
    nowhere: {
      AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=https;AccountName=accountoftest;AccountKey=${azureKey};BlobEndpoint=https://nowhere.invalid/accountoftest`,
    },
  },
  "Azure Blob, with a signature": {
    dialect: "blob",
    base: account,
    suffix: `?sv=2025-01-05&sig=${secret}`,
    environment: {},
  },
  "https://": {
    // A server of S3 serves plain requests too.
    dialect: "s3",
    base: `https://user:${secret}@files.test/`,
    suffix: `?token=${secret}`,
    shown: "https://files.test/",
    environment: {},
  },
};

/** What is wrong, and the codes of errors that say so. */
const faults: Readonly<
  Record<string, { readonly key: string; readonly code: RegExp; readonly says?: RegExp }>
> = {
  "no such bucket": { key: "other/absent", code: /NOT_FOUND$/, says: /other/ },
  "no such object": { key: "team/absent", code: /NOT_FOUND$/ },
  "an empty object": { key: "team/empty", code: /^CONTEXT_REFUSED$/, says: /no tar archive/ },
  "a truncated archive": { key: "team/truncated", code: /^CONTEXT_UNREADABLE$/, says: /damaged/ },
  "no archive": { key: "team/no-archive", code: /^CONTEXT_REFUSED$/, says: /no tar archive/ },
};

describe("context/bad-contexts", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let files: CertificateFiles;

  before(async () => {
    directory = await makeTemporaryDirectory();
    files = await makeCertificate(directory.path, "clouds", [
      "s3.eu-west-1.amazonaws.com",
      "storage.googleapis.com",
      "accountoftest.blob.core.windows.net",
      "files.test",
    ]);
  });

  after(() => directory[Symbol.asyncDispose]());

  for (const [name, kind] of Object.entries(kinds)) {
    const { base, dialect, environment, nowhere, shown = base, suffix = "" } = kind;

    const expectRefused = async (
      key: string,
      more: Environment,
      expected: { readonly code: RegExp; readonly says?: RegExp },
    ): Promise<void> => {
      const outcome = await fetchContextOf(`${base}${key}${suffix}`, { ...environment, ...more });

      const { error } = outcome;
      expect(error?.code).to.match(expected.code);
      expect(error?.message)
        .to.include(`${shown}${key}`)
        .and.match(expected.says ?? /./);
      expect(error?.hint).to.match(/\w/);
      const said = JSON.stringify(outcome);
      expect(said).to.not.include(secret).and.not.include(azureKey);
    };

    describe(name, () => {
      let server: BucketServer;

      const start = async (more: Partial<BucketServerOptions> = {}): Promise<void> => {
        server = await startBucketServer({ dialect, bucket: "team", objects, files, ...more });
      };
      const proxied = (): Environment => ({
        HTTPS_PROXY: `http://${server.host}`,
        NODE_EXTRA_CA_CERTS: files.certificate,
      });

      afterEach(() => server[Symbol.asyncDispose]());

      for (const [title, { key, ...expected }] of Object.entries(faults)) {
        it(`says what is wrong with ${title}`, async () => {
          await start();

          await expectRefused(key, proxied(), expected);
        });
      }

      it("says that credentials are wrong", async () => {
        await start({ proof: /those of nobody/ });

        await expectRefused("team/empty", proxied(), { code: /^CONTEXT_REFUSED$/ });
      });

      it("says that a certificate is not trusted", async () => {
        await start();

        await expectRefused(
          "team/empty",
          { HTTPS_PROXY: `http://${server.host}` },
          { code: /^CONTEXT_UNREACHABLE$/, says: /certificate/ },
        );
        expect(server.requests).to.deep.equal([]);
      });

      it("says that the host is not there", async () => {
        await start();

        await expectRefused("team/empty", nowhere ?? { HTTPS_PROXY: "http://nowhere.invalid" }, {
          code: /^CONTEXT_UNREACHABLE$/,
        });
      });
    });
  }
});
