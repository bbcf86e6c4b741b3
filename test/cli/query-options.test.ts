import { expect } from "chai";
import { settleFlags } from "../../src/cli/flag-values.ts";
import { checkFlags } from "../../src/cli/flags/query-flags.ts";
import { planRequestOf, type QueryOptions, readQueryOptions } from "../../src/cli/query-options.ts";
import { fakeHost } from "../support/fake-host.ts";

function optionsOf(given: Record<string, unknown>, environment = {}): QueryOptions {
  const values = settleFlags(checkFlags, given, environment);
  return readQueryOptions({ ...values, resolve: false }, fakeHost([], environment));
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
