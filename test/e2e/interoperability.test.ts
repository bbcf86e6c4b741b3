import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { BuildYard } from "../support/build-yard.ts";
import { Containerd } from "../support/containerd.ts";
import { PodmanStorage } from "../support/podman-storage.ts";
import { documentOf, openTestClient, sourceOf } from "../support/registry-client.ts";
import { startSlipway } from "../support/slipway-cli.ts";

const run = promisify(execFile);
const cargo = {
  Dockerfile: "FROM busybox\nCOPY cargo /srv/\n",
  cargo: "grain\n",
};

const platform = { os: "linux", architecture: "amd64" };
const ociManifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest };

interface RawManifest {
  readonly mediaType?: string;
  readonly layers: readonly { readonly mediaType: string }[];
}

/** The manifest of an image in a registry or elsewhere, as skopeo finds it there. */
async function rawManifest(reference: string, transport = "docker://"): Promise<RawManifest> {
  const inspect = ["inspect", "--raw", "--tls-verify=false", `${transport}${reference}`];
  return JSON.parse((await run("skopeo", inspect)).stdout) as RawManifest;
}

describe("e2e/interoperability", function () {
  this.timeout(120_000);
  let yard: BuildYard;
  let storage: PodmanStorage;
  let containerd: Containerd;

  before(async () => {
    yard = await BuildYard.open();
    storage = await PodmanStorage.open(yard.directory);
    containerd = await Containerd.start();
  });

  after(async () => {
    await containerd[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });

  async function build(files: Record<string, string>, ...args: readonly string[]): Promise<void> {
    const built = await yard.build(await yard.context(files), args);
    expect(built.exitCode, built.stderr).to.equal(0);
  }

  const written = [
    ["oci", "gzip", mediaTypes.ociLayerGzip, mediaTypes.ociLayerGzip],
    ["oci", "zstd", mediaTypes.ociLayerGzip, mediaTypes.ociLayerZstd],
    ["oci", "none", mediaTypes.ociLayerGzip, mediaTypes.ociLayer],
    ["docker", "gzip", mediaTypes.dockerLayerGzip, mediaTypes.dockerLayerGzip],
    ["docker", "none", mediaTypes.dockerLayerGzip, mediaTypes.dockerLayer],
  ] as const;
  for (const [format, compression, ...layers] of written) {
    it(`writes ${format} images whose new layers are ${compression}, which skopeo, podman, buildah and containerd read`, async () => {
      const reference = yard.reference(`written/${format}:${compression}`);
      const archive = yard.path(`${format}-${compression}.tar`);

      await build(
        cargo,
        `--destination=${reference}`,
        `--image-format=${format}`,
        `--compression=${compression}`,
        "--compression-level=-1",
        `--tar-path=${archive}`,
      );

      const manifest = await rawManifest(reference);
      expect(manifest.layers.map(({ mediaType }) => mediaType)).to.deep.equal(layers);
      const copy = `dir:${yard.path(`${format}-${compression}`)}`;
      await run("skopeo", ["copy", "--src-tls-verify=false", `docker://${reference}`, copy]);
      const remote = `docker://${reference}`;
      const texts = [
        await storage.readWithPodman(remote, "srv/cargo"),
        await storage.readWithBuildah(remote, "srv/cargo"),
        await storage.loadWithPodman(archive, reference, "srv/cargo"),
        await storage.readWithBuildah(`docker-archive:${archive}`, "srv/cargo"),
        await containerd.load(archive, reference, "srv/cargo"),
      ];
      expect(texts).to.deep.equal(Array.from(texts, () => "grain\n"));
    });
  }

  it("writes several images to one OCI layout, which podman and buildah read by their tags", async () => {
    const layout = yard.path("layout");
    const names = { gzip: "a.example/app:1", zstd: "b.example/app:2" };
    for (const [compression, name] of Object.entries(names)) {
      const files = { ...cargo, cargo: compression };
      const to = ["--no-push", `--destination=${name}`, `--oci-layout-path=${layout}`];
      await build(files, ...to, `--compression=${compression}`);
    }

    expect(await storage.readWithPodman("oci:layout:1", "srv/cargo")).to.equal("gzip");
    expect(await storage.readWithBuildah("oci:layout:1", "srv/cargo")).to.equal("gzip");
    expect(await storage.readWithPodman("oci:layout:2", "srv/cargo")).to.equal("zstd");
    expect(await storage.readWithBuildah("oci:layout:2", "srv/cargo")).to.equal("zstd");
  });

  /** Reads a file of an image by building, and gives its text as podman finds it in the result. */
  async function readBySlipway(name: string, ...args: readonly string[]): Promise<string> {
    const reference = yard.reference(`read/${name}`);
    const Dockerfile = `FROM ${name} AS base\nFROM scratch\nCOPY --from=base /etc/passwd /\n`;
    await build({ Dockerfile }, `--destination=${reference}`, ...args);
    return storage.readWithPodman(`docker://${reference}`, "passwd");
  }

  const compressions = [
    ["plain", ["--preserve-digests"], mediaTypes.ociLayer],
    ["gzip", ["--dest-compress"], mediaTypes.ociLayerGzip],
    ["zstd", ["--dest-compress", "--dest-compress-format=zstd"], mediaTypes.ociLayerZstd],
    [
      "zstd:chunked",
      ["--dest-compress", "--dest-compress-format=zstd:chunked"],
      mediaTypes.ociLayerZstd,
    ],
  ] as const;
  for (const [title, flags, mediaType] of compressions) {
    it(`builds from what skopeo writes as ${title}, in a registry and in an OCI layout`, async () => {
      const name = `skopeo-${title.replace(":", "-")}`;
      const reference = yard.reference(`library/${name}`);
      const [plain, made] = [yard.path(`${name}-plain`), yard.path(name)];
      // Debian's skopeo loses what pads an archive to whole records, as tar does, for zstd:chunked.
      const files = { Dockerfile: "FROM scratch\nCOPY passwd /etc/\n", passwd: "root:skopeo\n" };
      await build(files, "--no-push", "--compression=none", `--oci-layout-path=${plain}`);

      await run("skopeo", ["copy", ...flags, `oci:${plain}`, `oci:${made}:1`]);
      // Else skopeo takes another form of the same layer that it knows the registry to have.
      const exactly = ["--preserve-digests", "--dest-tls-verify=false"];
      await run("skopeo", ["copy", ...exactly, `oci:${made}:1`, `docker://${reference}`]);

      const { layers } = await rawManifest(`${made}:1`, "oci:");
      expect(layers.map((layer) => layer.mediaType)).to.deep.equal([mediaType]);
      expect(await readBySlipway(name)).to.equal("root:skopeo\n");
      const context = `--build-context=${name}=oci-layout://${made}:1`;
      expect(await readBySlipway(name, context)).to.equal("root:skopeo\n");
    });
  }

  for (const [title, flags, mediaType] of [
    ["plain", ["--dest-decompress"], mediaTypes.dockerLayer],
    ["gzip", ["--dest-compress"], mediaTypes.dockerLayerGzip],
  ] as const) {
    it(`builds from what skopeo writes in Docker's format as ${title}`, async () => {
      const name = `skopeo-docker-${title}`;
      const reference = yard.reference(`library/${name}`);
      const [layout, made] = [yard.path(`${name}-layout`), `dir:${yard.path(name)}`];
      const files = { Dockerfile: "FROM scratch\nCOPY passwd /etc/\n", passwd: "root:skopeo\n" };
      await build(files, "--no-push", "--compression=none", `--oci-layout-path=${layout}`);

      await run("skopeo", ["copy", "--format=v2s2", ...flags, `oci:${layout}`, made]);
      const exactly = ["--preserve-digests", "--dest-tls-verify=false"];
      await run("skopeo", ["copy", ...exactly, made, `docker://${reference}`]);

      const { layers } = await rawManifest(reference);
      expect(layers.map((layer) => layer.mediaType)).to.deep.equal([mediaType]);
      expect(await readBySlipway(name)).to.equal("root:skopeo\n");
    });
  }

  it("builds on a base with a layer that is elsewhere, and leaves it there", async () => {
    const { host } = yard.registry;
    await using client = await openTestClient([host]);
    const urls = ["https://r.example/layer"];
    const foreign = { ...sourceOf("elsewhere").descriptor, mediaType: mediaTypes.ociForeignLayer };
    const layer = { ...foreign, urls };
    const config = sourceOf(
      JSON.stringify({ ...platform, rootfs: { type: "layers", diff_ids: [layer.digest] } }),
      mediaTypes.ociConfig,
    );
    const base = { registry: host, path: "library/elsewhere", tag: "latest" };
    await client.pushBlob(base, config);
    const manifest = { ...ociManifest, config: config.descriptor, layers: [layer] };
    await client.putManifest(base, documentOf(mediaTypes.ociManifest, manifest));

    const reference = yard.reference("on/elsewhere");
    const layout = yard.path("elsewhere");
    const Dockerfile = "FROM elsewhere\nLABEL a=b\n";
    await build({ Dockerfile }, `--destination=${reference}`, `--oci-layout-path=${layout}`);
    const refused = await yard.build(await yard.context({ Dockerfile }), [
      "--no-push",
      `--destination=${reference}`,
      `--tar-path=${yard.path("elsewhere.tar")}`,
    ]);

    expect((await rawManifest(reference)).layers).to.deep.equal([layer]);
    expect((await rawManifest(`${layout}:latest`, "oci:")).layers).to.deep.equal([layer]);
    expect(refused.exitCode).to.equal(11);
    expect(refused.stderr).to.include("a foreign layer that the registry does not have");
  });

  for (const format of ["docker-archive", "oci-archive"] as const) {
    it(`pushes what podman saves as ${format}, also when gzip has compressed it`, async () => {
      const name = yard.reference("library/busybox:latest");
      const archive = yard.path(`${format}.tar`);
      await storage.podman("pull", "--quiet", "--tls-verify=false", `docker://${name}`);
      await storage.podman("save", "--quiet", `--format=${format}`, `--output=${archive}`, name);
      await run("gzip", ["--keep", archive]);

      for (const file of [archive, `${archive}.gz`]) {
        const reference = yard.reference(`saved/${format}:${file.endsWith("gz") ? "gz" : "tar"}`);
        const environment = { SLIPWAY_INSECURE_REGISTRY: yard.registry.host };
        const pushed = await startSlipway(["push", file, "-d", reference], { environment }).result;

        expect(pushed.exitCode, pushed.stderr).to.equal(0);
        expect(await storage.readWithPodman(`docker://${reference}`, "etc/passwd")).to.match(
          /^root:/,
        );
      }
    });
  }

  for (const format of ["oci", "v2s2"] as const) {
    it(`builds from what podman pushes as ${format}`, async () => {
      const name = `podman-${format}`;
      const reference = yard.reference(`library/${name}`);
      const busybox = yard.reference("library/busybox:latest");
      await storage.podman("pull", "--quiet", "--tls-verify=false", `docker://${busybox}`);

      const push = ["push", "--quiet", "--tls-verify=false", `--format=${format}`];
      await storage.podman(...push, busybox, `docker://${reference}`);

      expect((await rawManifest(reference)).mediaType).to.equal(
        format === "oci" ? mediaTypes.ociManifest : mediaTypes.dockerManifest,
      );
      expect(await readBySlipway(name)).to.match(/^root:/);
    });
  }

  for (const format of ["oci", "docker"] as const) {
    it(`builds from an image that buildah builds in ${format}'s format`, async () => {
      const Dockerfile = "FROM scratch\nCOPY passwd /etc/\nLABEL by=buildah\n";
      const context = await yard.context({ Dockerfile, passwd: "root:buildah\n" });
      const reference = yard.reference(`library/buildah-${format}`);

      await storage.buildah("bud", "--quiet", `--format=${format}`, "-t", reference, context);
      await storage.buildah("push", "--quiet", "--tls-verify=false", reference);

      expect((await rawManifest(reference)).mediaType).to.equal(
        format === "oci" ? mediaTypes.ociManifest : mediaTypes.dockerManifest,
      );
      expect(await readBySlipway(`buildah-${format}`)).to.equal("root:buildah\n");
    });

    it(`builds from a list of images that buildah pushes in ${format}'s format`, async () => {
      const reference = yard.reference(`library/list-${format}`);
      const list = `list-${format}`;
      const docker = format === "oci" ? ["--format=oci"] : ["--format=v2s2"];
      await storage.buildah("manifest", "create", list);
      const image = `docker://${yard.reference("library/busybox")}`;
      await storage.buildah("manifest", "add", "--tls-verify=false", list, image);

      const push = ["manifest", "push", "--all", "--quiet", "--tls-verify=false", ...docker];
      await storage.buildah(...push, list, `docker://${reference}`);

      expect((await rawManifest(reference)).mediaType).to.equal(
        format === "oci" ? mediaTypes.ociIndex : mediaTypes.dockerIndex,
      );
      expect(await readBySlipway(`list-${format}`)).to.match(/^root:/);
    });
  }
});
