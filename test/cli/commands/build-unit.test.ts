import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import type { BuildOptions } from "../../../src/cli/build-options.ts";
import { runCli } from "../../../src/cli/run-cli.ts";
import { formatReference } from "../../../src/image/reference.ts";
import { type FakeHost, fakeHost } from "../../support/fake-host.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const buildFile = `
images:
  base:
    destinations: [r.example/base:1]
    platforms: [linux/amd64, linux/arm64]
  api:
    context: api
    dockerfile: Other
    target: app
    destinations: [r.example/api:1]
    args: {A: file, B: file}
    labels: {a: file}
    platforms: [linux/amd64, linux/arm64]
    contexts: {base: image:base, data: data}
`;
const dockerfile = ["FROM x AS tool", "RUN a", "FROM x AS app", "COPY --from=tool /a /a", ""].join(
  "\n",
);

async function build(
  args: readonly string[],
  environment = {},
): Promise<FakeHost & { readonly exitCode: number; readonly built: readonly BuildOptions[] }> {
  const built: BuildOptions[] = [];
  const host = fakeHost(["build", ...args], environment);
  const exitCode = await runCli(host, {
    build: () =>
      Promise.resolve((options) => {
        built.push(options);
        return Promise.resolve(0);
      }),
  });
  return { ...host, exitCode, built };
}

describe("cli/commands/build-unit", () => {
  let directory: TemporaryDirectory;

  before(async () => {
    directory = await makeTemporaryDirectory();
    await mkdir(directory.join("api"));
    await writeFile(directory.join("slipway.yaml"), buildFile);
    await writeFile(directory.join("Dockerfile"), dockerfile);
  });

  after(() => directory[Symbol.asyncDispose]());

  const ofImages = (unit: string): string[] => [
    `--build-file=${directory.join("slipway.yaml")}`,
    `--unit=${unit}`,
  ];
  const ofStages = (unit: string): string[] => [
    `--context=${directory.path}`,
    `--dockerfile=${directory.join("Dockerfile")}`,
    "--destination=r.example/app:1",
    "--run-id=run-1",
    `--unit=${unit}`,
  ];

  it("builds what a unit of the build file says", async () => {
    const { built, errors } = await build(ofImages("api:linux/arm64"));

    const [options] = built;
    expect(options, errors.join("")).to.deep.include({
      dockerfile: directory.join("api/Other"),
      target: "app",
      platform: { os: "linux", architecture: "arm64" },
      isPlatformRequested: true,
    });
    expect(options?.context).to.include({ location: directory.join("api"), subPath: "" });
    expect(options?.output.destinations.map(formatReference)).to.deep.equal([
      "r.example/api:1-linux-arm64",
    ]);
    expect(Object.fromEntries(options?.buildArgs ?? [])).to.deep.equal({ A: "file", B: "file" });
    expect(Object.fromEntries(options?.labels ?? [])).to.deep.equal({ a: "file" });
    expect(options?.namedContexts.get("data")).to.include({ location: directory.join("data") });
    expect(options?.namedContexts.get("base"))
      .to.have.property("reference")
      .that.deep.equals({ registry: "r.example", path: "base", tag: "1-linux-arm64" });
  });

  it("lets the arguments win, then the environment, and adds to what has names", async () => {
    const given = ["--target=other", "--build-arg=B=given", "--label=b=given"];
    const { built, errors } = await build([...ofImages("api:linux/amd64"), ...given], {
      SLIPWAY_DESTINATION: "r.example/mine:1",
      SLIPWAY_TARGET: "environment",
      SLIPWAY_DOCKERFILE: "",
    });

    const [options] = built;
    expect(options, errors.join("")).to.include({
      target: "other",
      dockerfile: directory.join("api/Other"),
    });
    expect(options?.output.destinations.map(formatReference)).to.deep.equal(["r.example/mine:1"]);
    expect(Object.fromEntries(options?.buildArgs ?? [])).to.deep.equal({ A: "file", B: "given" });
    expect(Object.fromEntries(options?.labels ?? [])).to.deep.equal({ a: "file", b: "given" });
    expect([...(options?.namedContexts.keys() ?? [])]).to.have.members(["base", "data"]);
  });

  it("builds a stage for other pods, without what is meant for the image", async () => {
    const { built, errors } = await build([
      ...ofStages("stage:tool"),
      "--label=a=1",
      "--annotation=a=1",
      "--tar-path=image.tar",
    ]);

    const [options] = built;
    expect(options?.target, errors.join("")).to.equal("tool");
    expect(options?.buildArgs.get("TARGETSTAGE")).to.equal("app");
    expect([options?.labels.size, options?.annotations.size]).to.deep.equal([0, 0]);
    expect(options?.output.tarPath).to.equal(undefined);
    expect(options?.output.destinations.map(formatReference).join(" ")).to.match(
      /^r\.example\/app:stage-tool-[0-9a-f]{16}$/,
    );
  });

  it("builds the target from the stages that others have built", async () => {
    const [stage] = (await build(ofStages("stage:tool"))).built;
    const [options] = (await build([...ofStages("target"), "--label=a=1"])).built;

    expect(options?.target).to.equal(undefined);
    expect(options?.labels.size).to.equal(1);
    expect(options?.output.destinations.map(formatReference)).to.deep.equal(["r.example/app:1"]);
    expect(options?.namedContexts.get("tool"))
      .to.have.property("reference")
      .that.deep.equals(stage?.output.destinations[0]);
  });

  for (const [args, message] of [
    [(): string[] => ofImages("apo:index"), "Did you mean api:index?"],
    [(): string[] => ofImages("").slice(0, 1), "--build-file needs a --unit"],
    [(): string[] => [...ofStages("stage:tool"), "--no-push"], "--no-push"],
    [(): string[] => ["--unit=target", "--destination=r.example/app:1"], "need a --run-id"],
  ] as const) {
    it(`says what is wrong: ${message}`, async () => {
      const { exitCode, errors, built } = await build(args());

      expect(exitCode).to.equal(2);
      expect(errors.join("")).to.include(message);
      expect(built).to.deep.equal([]);
    });
  }
});
