import { readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { tagsOf } from "../support/registry-queries.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";

const files = {
  Dockerfile: "FROM busybox\nCOPY cargo /hold/\nRUN echo sealed > /hold/seal\n",
  cargo: "anchors\n",
};

interface Listing {
  readonly entries: readonly { readonly of: string; readonly bytes: number }[];
}

describe("e2e/cache-prune", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  async function build(args: readonly string[]): Promise<SlipwayResult> {
    const context = await yard.context(files);
    const result = await yard.build(context, ["--cache", ...args]);
    expect(result, result.stderr).to.include({ exitCode: 0 });
    return result;
  }

  const cache = (...args: readonly string[]): Promise<SlipwayResult> =>
    startSlipway(["cache", ...args], { environment: { DOCKER_CONFIG: yard.path("docker") } })
      .result;

  it("removes from a directory what is old, and says what that was", async () => {
    const directory = yard.path("cache-dir");
    const args = [`--cache-dir=${directory}`, "--no-push"];
    await build(args);
    const listed = await cache("list", `--cache-dir=${directory}`, "--format=json");
    const { entries } = JSON.parse(listed.stdout) as Listing;
    expect(entries.map(({ of }) => of)).to.include.members([
      "COPY cargo /hold/ # buildkit",
      "RUN /bin/sh -c echo sealed > /hold/seal # buildkit",
      "a blob of an image",
    ]);
    const blobs = path.join(directory, "blobs", "sha256");
    const long = new Date("2020-01-01T00:00:00Z");
    for (const name of await readdir(blobs)) await utimes(path.join(blobs, name), long, long);

    const shown = await cache("prune", `--cache-dir=${directory}`, "--older-than=14d", "--dry-run");
    expect(shown.stdout).to.match(/would be removed: \d entr.*; left: \d entries/);
    expect(await readdir(blobs)).not.to.deep.equal([]);
    const pruned = await cache("prune", `--cache-dir=${directory}`, "--older-than=14d");

    expect(pruned).to.include({ exitCode: 0, stdout: shown.stdout.replace("would be r", "r") });
    expect(await readdir(blobs)).to.deep.equal([]);
    expect((await build(args)).stderr.match(/cached=true/g)).to.have.lengthOf(2);
    const all = await cache("prune", `--cache-dir=${directory}`, "--max-size=0", "--format=json");
    expect(JSON.parse(all.stdout)).to.deep.include({ left: { entries: 0, bytes: 0 } });
    expect(await readdir(path.join(directory, "steps"))).to.deep.equal([]);
  });

  it("removes cache mounts from a directory and from a repository", async () => {
    const { Dockerfile } = files;
    const context = await yard.context({
      ...files,
      Dockerfile: `${Dockerfile}RUN --mount=type=cache,target=/c echo text > /c/f\n`,
    });
    const directory = `--cache-dir=${yard.path("mounts")}`;
    const repository = `--cache-mounts=oci:${yard.path("stored")}`;
    const built = await yard.build(context, ["--no-push", directory, repository]);
    expect(built, built.stderr).to.include({ exitCode: 0 });

    const listed = await cache("list", directory, repository);
    const pruned = await cache("prune", directory, repository, "--max-size=0");

    expect(listed.stdout).to.match(/^[0-9a-f]{12} .* 5 B +cache mount \/c$/m);
    expect(listed.stdout).to.match(/^mount-c-.* cache mount c$/m);
    expect(pruned, pruned.stderr).to.include({ exitCode: 0 });
    expect(pruned.stdout)
      .to.match(/cache mount \/c$/m)
      .and.to.match(/left: 0 entries/);
    const left = await cache("list", directory, repository);
    expect(left.stdout).to.match(/^0 entries/);
  });

  it("lists a repository, and says what has to prune it where the registry does not delete", async () => {
    await build([`--destination=${yard.reference("app:1")}`]);
    const repository = [
      `--cache-repo=${yard.reference("app/cache")}`,
      `--insecure-registry=${yard.registry.host}`,
    ];
    const tags = await tagsOf(yard.registry.host, "app/cache");

    const listed = await cache("list", ...repository);
    const pruned = await cache("prune", ...repository, "--max-size=0");

    expect(listed.stdout).to.match(/^[0-9a-f]{12}  \ds .* COPY cargo \/hold\/ # buildkit$/m);
    expect(listed.stdout).to.match(/^\d entries, /m);
    expect(pruned.exitCode).to.equal(6);
    expect(pruned.stderr).to.include("lifecycle");
    expect(pruned.stdout).to.include("removed: 0 entries");
    expect(await tagsOf(yard.registry.host, "app/cache")).to.have.members(tags);
  });
});
