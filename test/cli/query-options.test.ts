import { expect } from "chai";
import { checkFlags } from "../../src/cli/flags/query-flags.ts";
import { planRequestOf, type QueryOptions, readQueryOptions } from "../../src/cli/query-options.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { fakeHost } from "../support/fake-host.ts";

function optionsOf(given: Record<string, unknown>, environment = {}): QueryOptions {
  const host = fakeHost([], environment);
  return readQueryOptions(settleInPipeline(checkFlags, given, host), { host, resolve: false });
}

describe("cli/query-options", () => {
  it("has the defaults of a build, and answers in text", () => {
    const options = optionsOf({});

    expect(options.dockerfile).to.equal("Dockerfile");
    expect(options.format).to.equal("text");
    expect(options.target).to.equal(undefined);
    expect(options.log.level).to.equal("info");
  });

  it("says what is to be planned: for the platform that was asked for, on this machine", () => {
    const request = planRequestOf(
      optionsOf(
        { "custom-platform": "linux/arm64", "build-arg": ["A=1", "B"], target: "app" },
        { B: "2" },
      ),
    );

    expect(request.target).to.equal("app");
    expect([...request.buildArgs]).to.deep.equal([
      ["A", "1"],
      ["B", "2"],
    ]);
    expect(request.buildPlatform).to.include({ architecture: "amd64" });
    expect(request.targetPlatform).to.include({ architecture: "arm64" });
  });
});
