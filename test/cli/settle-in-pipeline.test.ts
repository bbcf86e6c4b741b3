import { expect } from "chai";
import { listSettings } from "../../src/cli/flag-values.ts";
import { buildFlags } from "../../src/cli/flags/build-flags.ts";
import { type Settled, settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { fakeHost } from "../support/fake-host.ts";

function settle(
  given: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
): Settled<typeof buildFlags> {
  const host = {
    ...fakeHost([], environment),
    workingDirectory: "/workspace/app",
    exists: (path: string) => path.startsWith("/tekton"),
  };
  return settleInPipeline(buildFlags, given, host);
}

const originOf = ({ sources }: Settled<typeof buildFlags>, name: string): string | undefined =>
  listSettings(buildFlags, sources).find((setting) => setting.name === name)?.origin;

describe("cli/settle-in-pipeline", () => {
  it("prefers flags to the environment, that to the pipeline, and that to defaults", () => {
    const environment = { SLIPWAY_CONTEXT: "from-environment", SLIPWAY_TARGET: "t" };

    const bare = settle({});
    const told = settle({}, environment);
    const flagged = settle({ context: "from-flag" }, environment);
    const outside = settle({ pipeline: "none" });

    expect(bare.values.context).to.equal("/workspace/app");
    expect(told.values.context).to.equal("from-environment");
    expect(flagged.values.context).to.equal("from-flag");
    expect(outside.values.context).to.equal("/workspace/");
    expect(outside.values.workspace).to.equal(undefined);
    expect([bare, told, flagged].map((one) => originOf(one, "context"))).to.deep.equal([
      "the step's working directory",
      "$SLIPWAY_CONTEXT",
      "flag",
    ]);
    expect(originOf(bare, "target")).to.equal(undefined);
    expect([bare.engine?.name, outside.engine]).to.deep.equal(["tekton", undefined]);
  });

  it("is told which pipeline it is in by the environment too", () => {
    expect(settle({}, { SLIPWAY_PIPELINE: "none" }).engine).to.equal(undefined);
    expect(settle({}, { SLIPWAY_PIPELINE: "argo" }).engine?.name).to.equal("argo");
  });

  it("writes the engine's results, unless the step names files of its own", () => {
    const digestFile = { "digest-file": "/tekton/results/APP_DIGEST" };

    expect(settle({}).values.result.join(" ")).to.include("image-url=/tekton/results/IMAGE_URL");
    expect(settle({ result: ["image-digest=/d"] }).values.result).to.deep.equal([
      "image-digest=/d",
    ]);
    expect(settle(digestFile).values.result).to.deep.equal([]);
    expect(settle({}, { SLIPWAY_DIGEST_FILE: "/d" }).values.result).to.deep.equal([]);
  });
});
