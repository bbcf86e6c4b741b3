import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { pullWithSkopeo } from "../support/peers.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";

const files = { Dockerfile: "FROM busybox\nCOPY cargo /\nLABEL what=cargo\n", cargo: "grain\n" };

describe("e2e/images", function () {
  this.timeout(120_000);
  let yard: BuildYard;
  let context: string;

  before(async () => {
    yard = await BuildYard.open();
    context = await yard.context(files);
  });

  after(() => yard[Symbol.asyncDispose]());

  function slipway(...args: readonly string[]): Promise<SlipwayResult> {
    const { host } = yard.registry;
    const environment = {
      SLIPWAY_INSECURE_REGISTRY: host,
      DOCKER_CONFIG: yard.path("docker"),
      TMPDIR: yard.path("tmp"),
    };
    return startSlipway(args, { environment }).result;
  }

  /** What a command prints that has to succeed. */
  async function answer(...args: readonly string[]): Promise<string> {
    const { exitCode, stderr, stdout } = await slipway(...args);
    expect(exitCode, stderr).to.equal(0);
    return stdout.trim();
  }

  it("pushes what a build without a push has written, copies and shows it", async () => {
    const name = `--destination=${yard.reference("cargo:1")}`;
    const [layout, archive] = [yard.path("layout"), yard.path("cargo.tar")];
    const outputs = [`--oci-layout-path=${layout}`, `--tar-path=${archive}`];
    const built = await yard.build(context, ["--no-push", name, ...outputs]);
    expect(built.exitCode, built.stderr).to.equal(0);
    const digest = built.stdout.trim();

    const file = `--digest-file=${yard.path("digest")}`;
    const pushed = await answer("push", `${layout}:1`, name, file);
    await answer("push", archive, "-d", yard.reference("archived:1"));
    const [first, second] = [yard.reference("copied:1"), yard.reference("copied:2")];
    const copied = await answer("copy", yard.reference("archived:1"), first, "-d", second);
    const shown = await answer("inspect", second, "--format=json");

    const docker = yard.reference("docker:1");
    await answer("push", archive, "-d", docker, "--image-format=docker");

    expect(pushed).to.equal(digest);
    expect(await readFile(yard.path("digest"), "utf8")).to.equal(digest);
    expect(copied).to.match(/^sha256:/);
    expect(JSON.parse(shown)).to.deep.include({
      kind: "image",
      digest: copied,
      labels: { what: "cargo" },
    });
    expect(await answer("inspect", `oci-layout://${layout}`)).to.include("what=cargo");
    expect(await answer("inspect", docker)).to.include("vnd.docker.distribution.manifest.v2");
    await pullWithSkopeo(docker, yard.path("pulled-docker"));
    await pullWithSkopeo(first, yard.path("pulled"));
    const local = await answer("inspect", `oci-layout://${yard.path("pulled")}`, "--format=json");
    expect(JSON.parse(local)).to.deep.include({ digest: copied });
  });

  it("ends before it reads what it cannot push, unless that is not to be found out", async () => {
    await using readOnly = await startDockerRegistry({ readOnly: true });
    const missing = yard.reference("nowhere:1");
    const [to, insecure] = [`${readOnly.host}/a:1`, `--insecure-registry=${readOnly.host}`];
    const commands = [
      ["copy", missing, to],
      ["push", yard.path("nothing"), `--destination=${to}`],
      ["index", `--manifest=${missing}`, `--destination=${to}`],
    ];
    for (const command of commands) {
      const early = await slipway(...command, insecure);
      const late = await slipway(...command, insecure, "--skip-push-permission-check");

      expect(early.stderr).to.include(`cannot push to ${readOnly.host}/a`);
      expect(early.exitCode).to.equal(6);
      expect(late.stderr).to.not.include("cannot push to");
      expect(late.exitCode).to.not.equal(0);
    }
  });

  it("pushes and shows a compressed archive, and leaves no file behind", async () => {
    const archive = yard.path("packed.tar");
    const name = `--destination=${yard.reference("packed:1")}`;
    const built = await yard.build(context, ["--no-push", name, `--tar-path=${archive}`]);
    expect(built.exitCode, built.stderr).to.equal(0);
    const plain = await answer("push", archive, "-d", yard.reference("plain:1"));
    await promisify(execFile)("gzip", [archive]);

    const pushed = await answer("push", `${archive}.gz`, "-d", yard.reference("packed:1"));
    const shown = await answer("inspect", `oci-layout://${archive}.gz`);

    expect(pushed).to.equal(plain);
    expect(shown).to.include(plain).and.include("what=cargo");
    expect(await readdir(yard.path("tmp"))).to.deep.equal([]);
  });

  it("keeps the images of a Dockerfile for a build, which then asks for no blob", async () => {
    const directory = yard.path("cache");
    const map = `--registry-map=docker.io=${yard.registry.host}`;
    await answer("warm", "-d", `${context}/Dockerfile`, "-c", directory, map);
    const reads = (): number =>
      yard.registry.log().match(/=GET .*\/v2\/\S*\/blobs\//g)?.length ?? 0;
    const before = reads();

    const built = await yard.build(context, [
      "--no-push",
      `--cache-dir=${directory}`,
      `--tar-path=${yard.path("warm.tar")}`,
    ]);

    expect(built.exitCode, built.stderr).to.equal(0);
    expect(before).to.be.greaterThan(0);
    expect(reads()).to.equal(before);
  });

  it("keeps the images of all stages, and those that are copied from", async () => {
    await yard.offer(yard.path("busybox"), "tools");
    const dockerfile = "ARG BASE\nFROM ${BASE} AS unused\nFROM scratch\nCOPY --from=tools /bin /\n";
    const folder = await yard.context({ Dockerfile: dockerfile });

    const { exitCode, stderr } = await slipway(
      "warm",
      `--dockerfile=${folder}/Dockerfile`,
      "--build-arg=BASE=busybox",
      `--cache-dir=${yard.path("all")}`,
      `--registry-map=docker.io=${yard.registry.host}`,
    );

    expect(exitCode, stderr).to.equal(0);
    const kept = [...stderr.matchAll(/kept image=(\S+)/g)].map(([, name]) => name);
    expect(kept).to.deep.equal(["docker.io/library/busybox", "docker.io/library/tools"]);
  });

  it("says what is missing before it asks anybody", async () => {
    const { exitCode, stderr } = await slipway("copy", "registry.invalid/app:1");

    expect(exitCode).to.equal(2);
    expect(stderr).to.include("USAGE_CONFLICT").and.include("--destination");
  });
});
