import { expect } from "chai";
import { hostAsCalled } from "../../src/cli/kaniko-names.ts";
import { errorOf } from "../support/error-of.ts";
import { fakeHost } from "../support/fake-host.ts";

describe("cli/kaniko-names", () => {
  it("knows executor's only command beside the build", () => {
    const host = { ...fakeHost(["version"]), program: "executor" };

    expect(hostAsCalled(host).argv).to.deep.equal(["--version"]);
  });

  it("says that there is nothing to warm, when called warmer", async () => {
    const host = { ...fakeHost(["--image=busybox"]), program: "warmer" };

    expect(await errorOf(() => hostAsCalled(host))).to.deep.include({
      code: "USAGE_UNSUPPORTED_PROGRAM",
      exitCode: 2,
    });
  });

  it("changes nothing by its own name", () => {
    const host = fakeHost(["version"]);

    expect(hostAsCalled(host)).to.equal(host);
  });
});
