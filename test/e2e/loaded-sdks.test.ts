import { expect } from "chai";
import { bucketClouds, startBucketCloud } from "../support/bucket-clouds.ts";
import { BuildYard } from "../support/build-yard.ts";
import { startSlipway } from "../support/slipway-cli.ts";

/** Says on standard error which packages are loaded. */
const preload = `import { registerHooks } from "node:module";
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1];
    if (name !== undefined) process.stderr.write("loaded " + name + "\\n");
    return found;
  },
});`;
const sdks = ["@aws-sdk/client-s3", "@azure/storage-blob", "@google-cloud/storage"];

describe("e2e/loaded-sdks", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  /** SDKs of clouds that a build has loaded, whole or in part, by the beginnings of their names. */
  async function loadedBy(
    context: string,
    environment: Readonly<Record<string, string>>,
    dockerfile = "Dockerfile",
  ): Promise<readonly string[]> {
    const { result } = startSlipway(
      ["build", `--context=${context}`, `--dockerfile=${dockerfile}`, "--no-push"],
      {
        environment: {
          TMPDIR: yard.path("tmp"),
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
          ...environment,
        },
      },
    );
    const { exitCode, stderr } = await result;
    expect(exitCode, stderr).to.equal(0);
    const loaded = Array.from(stderr.matchAll(/^loaded (\S+)$/gm), ([, name = ""]) => name);
    expect(loaded).to.include("yargs");
    const ofClouds = /^(?:@aws|@smithy|@azure|@google-cloud|google-|gaxios|teeny)/;
    return [...new Set(loaded)].filter((name) => ofClouds.test(name));
  }

  it("loads none for a context of this machine", async () => {
    const context = await yard.context({ Dockerfile: "FROM scratch\nLABEL a=1\n" });

    expect(await loadedBy(context, {}, `${context}/Dockerfile`)).to.deep.equal([]);
  });

  for (const [at, cloud] of bucketClouds.entries()) {
    it(`loads of ${cloud.dialect} its own only`, async () => {
      await using server = await startBucketCloud(cloud, {
        Dockerfile: "FROM scratch\nLABEL a=1\n",
      });

      const loaded = await loadedBy(`${cloud.address}Dockerfile`, cloud.environmentOf(server));

      const own = ["@aws-sdk/client-s3", "@google-cloud/storage", "@azure/storage-blob"][at];
      expect(loaded.filter((name) => sdks.includes(name))).to.deep.equal([own]);
    });
  }
});
