import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { BuildYard } from "../support/build-yard.ts";
import { pullWithSkopeo, runWithRunc } from "../support/peers.ts";

const run = promisify(execFile);
const files = {
  Dockerfile: 'FROM busybox\nCOPY cargo /srv/\nCMD ["cat", "/srv/cargo"]\n',
  cargo: "grain\n",
};

interface RawManifest {
  readonly mediaType: string;
  readonly config: { readonly mediaType: string };
  readonly layers: readonly { readonly mediaType: string }[];
}

describe("e2e/image-format", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("makes an image of Docker's format that others read and run", async () => {
    const reference = yard.reference("docker/cargo:1");
    const built = await yard.build(await yard.context(files), [
      `--destination=${reference}`,
      "--image-format=docker",
    ]);

    expect(built.exitCode, built.stderr).to.equal(0);
    const inspect = ["inspect", "--raw", "--tls-verify=false", `docker://${reference}`];
    const raw = JSON.parse((await run("skopeo", inspect)).stdout) as RawManifest;
    expect(raw.mediaType).to.equal(mediaTypes.dockerManifest);
    expect(raw.config.mediaType).to.equal(mediaTypes.dockerConfig);
    expect(raw.layers.map(({ mediaType }) => mediaType)).to.deep.equal([
      mediaTypes.dockerLayerGzip,
      mediaTypes.dockerLayerGzip,
    ]);
    await pullWithSkopeo(reference, yard.path("pulled"));
    expect(await runWithRunc(yard.path("pulled"))).to.equal("grain\n");
  });

  it("builds in OCI's format from that image", async () => {
    await yard.build(await yard.context(files), [
      `--destination=${yard.reference("library/docker-base:1")}`,
      "--image-format=docker",
    ]);
    const built = await yard.build(
      await yard.context({ Dockerfile: "FROM docker-base:1\nLABEL a=1\n" }),
      [`--destination=${yard.reference("oci/cargo:1")}`, "--image-format=oci"],
    );

    expect(built.exitCode, built.stderr).to.equal(0);
    await pullWithSkopeo(yard.reference("oci/cargo:1"), yard.path("from-docker"));
    expect(await runWithRunc(yard.path("from-docker"))).to.equal("grain\n");
  });
});
