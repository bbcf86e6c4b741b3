import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { bucketClouds, startBucketCloud } from "../../support/bucket-clouds.ts";
import { fetchContextOf } from "../../support/fetch-context-of.ts";
import { rawTar } from "../../support/raw-tar.ts";

const long = randomBytes(200_000).toString("hex");
const archive = gzipSync(rawTar([{ name: "hello", type: "0", body: long }]));

describe("context/buckets/object-stream", function () {
  this.timeout(30_000);

  for (const cloud of bucketClouds) {
    const { address, dialect, environmentOf } = cloud;

    it(`unpacks an archive of ${dialect}`, async () => {
      await using server = await startBucketCloud(cloud, { "a b/ü+c.tgz": archive });
      const key = dialect === "blob" ? encodeURI("a b/ü+c.tgz") : "a b/ü+c.tgz";

      const outcome = await fetchContextOf(`${address}${key}`, environmentOf(server));

      expect(outcome.error).to.equal(undefined);
      expect(outcome.files).to.deep.equal({ hello: long });
      expect(server.requests).to.have.lengthOf(1);
    });

    it(`takes a text of ${dialect} for the Dockerfile of an empty context`, async () => {
      await using server = await startBucketCloud(cloud, { Dockerfile: "FROM scratch\n" });

      const outcome = await fetchContextOf(`${address}Dockerfile`, environmentOf(server));

      expect(outcome).to.deep.include({ files: {}, dockerfile: "FROM scratch\n" });
    });

    it(`asks ${dialect} for the rest when a connection breaks`, async () => {
      await using server = await startBucketCloud(cloud, { "a.tgz": archive });
      server.breakOnce();

      const outcome = await fetchContextOf(`${address}a.tgz`, environmentOf(server));

      expect(outcome.error).to.equal(undefined);
      expect(outcome.files).to.deep.equal({ hello: long });
      expect(server.requests.map(({ range }) => range)[1]).to.match(/^bytes=[1-9]\d+-$/);
    });

    it(`does not join two versions of an object of ${dialect}`, async () => {
      const objects = new Map([["a.tgz", archive]]);
      await using server = await startBucketCloud(cloud, {}, { objects });
      server.breakOnce(() => objects.set("a.tgz", Buffer.concat([archive, archive])));

      const { error } = await fetchContextOf(`${address}a.tgz`, environmentOf(server));

      expect(error?.code).to.equal("CONTEXT_UNREACHABLE");
      expect(error?.message).to.include(`${address}a.tgz: it was changed`);
    });

    it(`tries ${dialect} again, but not for ever`, async () => {
      await using server = await startBucketCloud(cloud, { "a.tgz": archive });
      server.failNext(2);
      const later = await fetchContextOf(`${address}a.tgz`, environmentOf(server));
      server.failNext(9);
      const never = await fetchContextOf(`${address}a.tgz`, environmentOf(server));

      expect(later.files).to.have.property("hello");
      expect(never.error?.code).to.equal("CONTEXT_UNREACHABLE");
      expect(server.requests).to.have.lengthOf(6);
    });

    it(`says that ${dialect} lacks the object or the bucket`, async () => {
      await using server = await startBucketCloud(cloud, {});
      const elsewhere = address.replace("team", "other");

      const object = await fetchContextOf(`${address}a.tgz`, environmentOf(server));
      const bucket = await fetchContextOf(`${elsewhere}b/`, environmentOf(server));

      expect(object.error?.code).to.equal("CONTEXT_NOT_FOUND");
      expect(object.error?.message).to.include(`${address}a.tgz: there is no such object`);
      expect(bucket.error?.code).to.equal("CONTEXT_NOT_FOUND");
      expect(bucket.error?.message).to.match(/there is no (?:bucket|container) other/);
    });

    it(`says that ${dialect} denies access`, async () => {
      await using server = await startBucketCloud(cloud, { "a.tgz": archive }, { proof: /other/ });

      const { error, log } = await fetchContextOf(`${address}a.tgz`, environmentOf(server));

      expect(error?.code).to.equal("CONTEXT_REFUSED");
      expect(error?.message).to.include("access is denied");
      expect(error?.hint).to.include("Check ");
      expect(JSON.stringify([error, log])).to.not.match(/secret key|BwcHBw/);
    });

    it(`says that ${dialect} is not there`, async () => {
      const environment = environmentOf(await stoppedServer());

      const { error } = await fetchContextOf(`${address}a.tgz`, environment);

      expect(error?.code).to.equal("CONTEXT_UNREACHABLE");
      expect(error?.message).to.include("ECONNREFUSED");
    });

    async function stoppedServer() {
      await using server = await startBucketCloud(cloud, {});
      return server;
    }
  }
});
