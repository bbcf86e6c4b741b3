import { expect } from "chai";
import {
  type BucketSource,
  isPrefix,
  parseBucketSource,
} from "../../../src/context/buckets/bucket-source.ts";
import type { Digest } from "../../../src/image/digest.ts";
import { errorOf } from "../../support/error-of.ts";

const account = "https://team.blob.core.windows.net";
const hex = "a".repeat(64);

describe("context/buckets/bucket-source", () => {
  const sources: Readonly<Record<string, Partial<BucketSource>>> = {
    "s3://team/app/context.tgz": { cloud: "amazon", bucket: "team", key: "app/context.tgz" },
    "S3://team/app/": { cloud: "amazon", key: "app/" },
    "s3://team/a b#1?c": { key: "a b#1?c" },
    "gs://team/a.tar": { cloud: "google", bucket: "team", key: "a.tar", name: "gs://team/a.tar" },
    "gs://team": { key: "context.tar.gz", name: "gs://team/context.tar.gz" },
    "s3://team/": { key: "context.tar.gz" },
    [`${account}/app/a%20b.tgz`]: { cloud: "azure", bucket: "app", key: "a b.tgz" },
    [`${account}/app/`]: { bucket: "app", key: "", name: `${account}/app/` },
    "https://team.blob.core.usgovcloudapi.net/app/x": { cloud: "azure", key: "x" },
    "https://team.blob.core.chinacloudapi.cn/app/x": { cloud: "azure", key: "x" },
    "https://team.z01.blob.storage.azure.net/app/x": { cloud: "azure", key: "x" },
    [`${account}/app/x?sv=1&sig=a%2Bb#sha256=${hex}`]: {
      key: "x",
      name: `${account}/app/x`,
      signature: "sv=1&sig=a%2Bb",
      checksum: `sha256:${hex}` as Digest,
    },
  };
  for (const [location, source] of Object.entries(sources)) {
    it(`reads ${location}`, () => {
      expect(parseBucketSource(location)).to.deep.include(source);
    });
  }

  for (const location of [
    "https://team.blob.core.windows.net.example.com/app/x",
    "https://example.com/team.blob.core.windows.net/x",
    "http://team.blob.core.windows.net/app/x",
    "https://github.com/team/app.git",
    "./s3/team",
  ]) {
    it(`leaves ${location} to others`, () => {
      expect(parseBucketSource(location)).to.equal(undefined);
    });
  }

  for (const location of [
    "s3:///key",
    "gs://",
    `${account}/app`,
    `${account}/app/%zz`,
    `${account}/app/x#main`,
    `${account}/app/#sha256=${hex}`,
  ]) {
    it(`refuses ${location}`, async () => {
      const error = await errorOf(() => parseBucketSource(location));

      expect(error.code).to.equal("CONTEXT_UNSUPPORTED");
    });
  }

  it("knows a prefix by its slash", () => {
    expect(["", "a/", "a"].map(isPrefix)).to.deep.equal([true, true, false]);
  });
});
