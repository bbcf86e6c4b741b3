import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { mediaTypes } from "../../src/image/media-type.ts";
import { BuildYard } from "../support/build-yard.ts";
import { configOf, manifestOf } from "../support/registry-queries.ts";
import { startSlipway } from "../support/slipway-cli.ts";

interface StoredIndex {
  readonly annotations: Readonly<Record<string, string>>;
  readonly manifests: readonly { readonly digest: string; readonly platform: object }[];
}

const files = { Dockerfile: "FROM scratch\nCOPY cargo /\n", cargo: "grain\n" };

describe("e2e/index", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("joins what builds for two platforms have pushed, and writes the results", async () => {
    const context = await yard.context(files);
    const digests: string[] = [];
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const destination = yard.reference(`cargo:${platform.replace("/", "-")}`);
      const args = [
        `--destination=${destination}`,
        `--custom-platform=${platform}`,
        `--annotation=org.opencontainers.image.title=cargo`,
        `--label=platform=${platform}`,
      ];
      const built = await yard.build(context, args);
      expect(built.exitCode, built.stderr).to.equal(0);
      digests.push(built.stdout.trim());
    }

    const joined = await startSlipway([
      "index",
      `--destination=${yard.reference("cargo:1")}`,
      `--insecure-registry=${yard.registry.host}`,
      "--manifest=",
      ...digests.flatMap((digest) => ["-m", digest]),
      "--annotation=org.opencontainers.image.title=all cargo",
      `--digest-file=${yard.path("results/digest")}`,
      `--image-url-file=${yard.path("results/url")}`,
      `--result=images=${yard.path("results/images")}`,
    ]).result;

    expect(joined.exitCode, joined.stderr).to.equal(0);
    const printed = joined.stdout.trim();
    expect(await readFile(yard.path("results/digest"), "utf8")).to.equal(printed);
    expect(await readFile(yard.path("results/url"), "utf8")).to.equal(yard.reference("cargo:1"));
    const all = [printed, ...digests].map((digest) => `${yard.reference("cargo")}@${digest}`);
    expect(await readFile(yard.path("results/images"), "utf8")).to.equal(all.join(","));
    const index = await fetch(`http://${yard.registry.host}/v2/cargo/manifests/1`, {
      headers: { accept: mediaTypes.ociIndex },
    });
    expect(index.headers.get("docker-content-digest")).to.equal(printed);
    const { annotations, manifests } = (await index.json()) as StoredIndex;
    expect(annotations).to.deep.equal({ "org.opencontainers.image.title": "all cargo" });
    expect(manifests.map(({ digest, platform }) => ({ digest, platform }))).to.deep.equal(
      ["amd64", "arm64"].map((architecture, at) => ({
        digest: digests[at],
        platform: { os: "linux", architecture },
      })),
    );
    const { host } = yard.registry;
    expect(await manifestOf(host, "cargo", digests[1] ?? "")).to.deep.include({
      annotations: { "org.opencontainers.image.title": "cargo" },
    });
    expect(await configOf(host, "cargo", digests[1] ?? "")).to.have.nested.include({
      "config.Labels.platform": "linux/arm64",
    });
  });
});
