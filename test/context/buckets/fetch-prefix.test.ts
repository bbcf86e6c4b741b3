import { expect } from "chai";
import { bucketClouds, startBucketCloud } from "../../support/bucket-clouds.ts";
import { fetchContextOf } from "../../support/fetch-context-of.ts";

describe("context/buckets/fetch-prefix", function () {
  this.timeout(30_000);

  for (const cloud of bucketClouds) {
    const { address, dialect, environmentOf } = cloud;

    it(`brings all objects of ${dialect} below a prefix`, async () => {
      const objects = {
        "app/": "",
        "app/Dockerfile": "FROM scratch\n",
        "app/src/main.c": "main",
        "app/empty/": "",
        "app/src/deep/er.h": "",
        "apple/other": "",
      };
      await using server = await startBucketCloud(cloud, objects);

      const { error, files } = await fetchContextOf(`${address}app/`, environmentOf(server));

      expect(error).to.equal(undefined);
      expect(files).to.deep.equal({
        Dockerfile: "FROM scratch\n",
        src: "/",
        "src/main.c": "main",
        empty: "/",
        "src/deep": "/",
        "src/deep/er.h": "",
      });
    });

    it(`says that ${dialect} has nothing below a prefix`, async () => {
      await using server = await startBucketCloud(cloud, { other: "" });

      const { error } = await fetchContextOf(`${address}app/`, environmentOf(server));

      expect(error?.code).to.equal("CONTEXT_NOT_FOUND");
      expect(error?.message).to.include(`${address}app/ has no objects below it`);
    });
  }

  const [amazon] = bucketClouds;
  if (amazon === undefined) throw new Error("there is no cloud");

  for (const key of ["app/../../x", "app//x", "app/./x", "app/x/.."]) {
    it(`refuses the name ${key}`, async () => {
      await using server = await startBucketCloud(amazon, { "app/a": "", [key]: "" });

      const outcome = await fetchContextOf("s3://team/app/", amazon.environmentOf(server));

      expect(outcome.error?.code).to.equal("CONTEXT_REFUSED");
      expect(outcome.error?.message).to.include(`no path below it: ${key}`);
    });
  }

  it("refuses an object and a directory of one name", async () => {
    await using server = await startBucketCloud(amazon, { "app/a": "1", "app/a/b": "2" });

    const { error } = await fetchContextOf("s3://team/app/", amazon.environmentOf(server));

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("of one name: app/a");
  });

  it("ends at the most files that a context may have", async () => {
    await using server = await startBucketCloud(amazon, { "app/a": "", "app/b": "", "app/c": "" });

    const environment = amazon.environmentOf(server);
    const { error } = await fetchContextOf("s3://team/app/", environment, { entries: 2 });

    expect(error?.code).to.equal("CONTEXT_REFUSED");
    expect(error?.message).to.include("has more than 2 files");
    expect(error?.hint).to.include("--context-max-files");
  });

  it("resumes each of the objects", async () => {
    await using server = await startBucketCloud(amazon, { "app/a": "a".repeat(90_000) });
    server.breakOnce();

    const { files } = await fetchContextOf("s3://team/app/", amazon.environmentOf(server));

    expect(files).to.deep.equal({ a: "a".repeat(90_000) });
  });
});
