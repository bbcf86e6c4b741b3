import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { manifestOf } from "../support/registry-queries.ts";
import { startSlipway } from "../support/slipway-cli.ts";

describe("e2e/checks", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(async () => {
    await yard[Symbol.asyncDispose]();
  });

  /** What slipway has got of the image `busybox` since the log was `before`. */
  function requests(before: string): string[] {
    const lines = yard.registry.log().slice(before.length).split("\n");
    return lines
      .filter((line) => line.includes("useragent=slipway") && line.includes("method=GET"))
      .map((line) => /uri="?\/v2\/library\/busybox\/([^" ]+)/.exec(line)?.[1] ?? "");
  }

  it("asks the registry for the configuration of a base image, and for no layer", async () => {
    const { host } = yard.registry;
    const context = await yard.context({ Dockerfile: "FROM busybox\nCMD echo $NO\nUSER $NO\n" });
    const log = yard.registry.log();
    const { exitCode, stdout } = await startSlipway(
      [
        "check",
        `--context=${context}`,
        `--dockerfile=${context}/Dockerfile`,
        `--insecure-registry=${host}`,
        `--registry-map=docker.io=${host}`,
        "--format=json",
      ],
      { environment: { DOCKER_CONFIG: yard.path("docker") } },
    ).result;

    const { warnings } = JSON.parse(stdout) as { warnings: { rule: string }[] };
    expect(warnings.map(({ rule }) => rule)).to.deep.equal(["JSONArgsRecommended", "UndefinedVar"]);
    expect(exitCode).to.equal(1);
    const { layers } = await manifestOf(host, "library/busybox", "latest");
    for (const { digest } of layers) {
      expect(requests(log)).not.to.include(`blobs/${digest}`);
    }
  });

  it("shows warnings of a build once, and resolves each base image once", async () => {
    const context = await yard.context({
      Dockerfile: "FROM busybox as a\nRUN true\nFROM busybox\nCOPY --from=a /bin/sh /sh\nCMD x\n",
    });
    const log = yard.registry.log();
    const { exitCode, stderr } = await yard.build(context, ["--no-push"]);

    expect(exitCode, stderr).to.equal(0);
    expect(stderr.match(/rule=\w+/g)).to.deep.equal([
      "rule=FromAsCasing",
      "rule=JSONArgsRecommended",
    ]);
    expect(stderr.indexOf("rule=")).to.be.lessThan(stderr.indexOf("FROM busybox"));
    expect(requests(log).filter((uri) => uri === "manifests/latest")).to.have.lengthOf.at.most(1);
  });

  it("fails a build with warnings before it begins, where the file says so", async () => {
    const context = await yard.context({
      Dockerfile: "# check=error=true\nFROM busybox\nRUN touch /x\nMAINTAINER me\n",
    });
    const { exitCode, stderr } = await yard.build(context, ["--no-push"]);

    expect(exitCode).to.equal(3);
    expect(stderr)
      .to.include("rule=MaintainerDeprecated")
      .and.include("lint violation found for rules: MaintainerDeprecated (DOCKERFILE_INVALID)")
      .and.not.include("RUN touch");
    expect(await yard.leftovers()).to.deep.equal([]);
  });
});
