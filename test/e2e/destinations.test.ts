import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { digestOf, manifestOf } from "../support/registry-queries.ts";

const files = {
  Dockerfile: "FROM busybox\nCOPY cargo /srv/\n",
  cargo: "grain\n",
};

describe("e2e/destinations", function () {
  this.timeout(60_000);
  let yard: BuildYard;
  let other: DockerRegistry;

  before(async () => {
    yard = await BuildYard.open();
    other = await startDockerRegistry();
  });

  after(async () => {
    await other[Symbol.asyncDispose]();
    await yard[Symbol.asyncDispose]();
  });

  it("pushes one image under several names to two registries", async () => {
    const result = await yard.build(await yard.context(files), [
      `--destination=${yard.reference("team/cargo:1")}`,
      `--destination=${yard.reference("team/cargo:latest")}`,
      `--destination=${other.host}/mirror/cargo:1`,
      `--insecure-registry=${other.host}`,
    ]);

    expect(result.exitCode, result.stderr).to.equal(0);
    const digests = await Promise.all([
      digestOf(yard.registry.host, "team/cargo", "1"),
      digestOf(yard.registry.host, "team/cargo", "latest"),
      digestOf(other.host, "mirror/cargo", "1"),
    ]);
    expect(new Set(digests).size, digests.join(" ")).to.equal(1);
  });

  it("pushes to the others where a registry cannot be reached, says which, and writes no result", async () => {
    const digestFile = yard.path("results/digest");
    const result = await yard.build(
      await yard.context(files),
      [
        `--destination=localhost:1/team/cargo:3`,
        `--destination=${yard.reference("team/cargo:3")}`,
        `--destination=${other.host}/mirror/cargo:3`,
        `--insecure-registry=${other.host}`,
        `--digest-file=${digestFile}`,
        "--skip-push-permission-check",
      ],
      { environment: { BUILDER_OUTPUT: yard.path("results") } },
    );

    expect(result.exitCode, result.stderr).to.equal(75);
    expect(result.stderr).to.include("1 of 3 destinations failed: localhost:1/team/cargo:3: ");
    expect(result.stderr).to.include(`${other.host}/mirror/cargo:3 got the image`);
    expect(await digestOf(yard.registry.host, "team/cargo", "3")).to.match(/^sha256:/);
    expect(await digestOf(other.host, "mirror/cargo", "3")).to.match(/^sha256:/);
    expect(await readdir(yard.path("results"))).to.deep.equal([]);
  });

  it("lists what was pushed in the directory that BUILDER_OUTPUT names", async () => {
    const result = await yard.build(
      await yard.context(files),
      [`--destination=${yard.reference("team/cargo:4")}`],
      { environment: { BUILDER_OUTPUT: yard.path("builder") } },
    );

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(JSON.parse(await readFile(yard.path("builder/images"), "utf8"))).to.deep.equal({
      name: yard.reference("team/cargo:4"),
      digest: await digestOf(yard.registry.host, "team/cargo", "4"),
    });
  });

  it("mounts base layers from the repository that has them, and sends only what is new", async () => {
    const result = await yard.build(await yard.context(files), [
      `--destination=${yard.reference("mounted/cargo:1")}`,
    ]);

    expect(result.exitCode, result.stderr).to.equal(0);
    const [base] = (await manifestOf(yard.registry.host, "mounted/cargo", "1")).layers;
    const asked = yard.registry
      .log()
      .split("\n")
      .filter((line) => line.includes("/v2/mounted/cargo/blobs/uploads/"))
      .filter((line) => line.includes(encodeURIComponent(base?.digest ?? "no base")));
    const outcomes = asked.map((line) => /\bmethod=(\w+).*\bstatus=(\d+)/.exec(line)?.slice(1, 3));
    expect(outcomes).to.deep.equal([["POST", "201"]]);
  });

  it("sends a layer of its own again where the connection broke, from where it is kept", async () => {
    let isBroken = false;
    await using proxy = await startFaultProxy(other.host, ({ headers, method }) => {
      const breaks = !isBroken && method === "PUT" && Number(headers["content-length"]) > 1_000_000;
      isBroken ||= breaks;
      return breaks ? { kind: "forward", cutBodyAfterBytes: 300_000 } : undefined;
    });
    const large = { Dockerfile: "FROM scratch\nCOPY a /\n", a: "x".repeat(2_000_000) };

    const result = await yard.build(await yard.context(large), [
      `--destination=${proxy.host}/large:1`,
      `--insecure-registry=${proxy.host}`,
      "--compression=none",
    ]);

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(proxy.requests.filter(({ method }) => method === "PUT")).to.have.lengthOf.above(3);
    const [layer] = (await manifestOf(other.host, "large", "1")).layers;
    expect(layer?.size).to.be.above(2_000_000);
  });

  it("ends before it builds when it may not push, unless that is not to be found out", async () => {
    await using readOnly = await startDockerRegistry({ readOnly: true });
    const context = await yard.context(files);
    const args = [`--destination=${readOnly.host}/a:1`, `--insecure-registry=${readOnly.host}`];

    const early = await yard.build(context, args);
    const late = await yard.build(context, [...args, "--skip-push-permission-check"]);

    expect([early.exitCode, late.exitCode]).to.deep.equal([6, 6]);
    expect(early.stderr).to.include("cannot push to").and.not.to.include("COPY cargo");
    expect(late.stderr).to.include("COPY cargo");
  });
});
