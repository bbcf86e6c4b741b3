import { expect } from "chai";
import type { BuildOptions } from "../../../src/cli/build-options.ts";
import { buildCommand } from "../../../src/cli/commands/build.ts";
import { errorOf } from "../../support/error-of.ts";
import { fakeHost } from "../../support/fake-host.ts";

describe("cli/commands/build", () => {
  it("reads the flags, and builds with what it loads then", async () => {
    const built: BuildOptions[] = [];
    const command = buildCommand(() =>
      Promise.resolve((options) => {
        built.push(options);
        return Promise.resolve(7);
      }),
    );
    const call = { host: fakeHost([]), sources: new Map<string, string>(), notices: [] };

    expect(await command.run({ "no-push": true, target: "x" }, call)).to.equal(7);
    expect(built.map(({ target }) => target)).to.deep.equal(["x"]);
  });

  it("loads nothing for flags that cannot be", async () => {
    const command = buildCommand(() => Promise.reject(new Error("loaded for nothing")));
    const call = { host: fakeHost([]), sources: new Map<string, string>(), notices: [] };
    const error = await errorOf(() => command.run({}, call));

    expect(error.code).to.equal("USAGE_CONFLICT");
  });
});
