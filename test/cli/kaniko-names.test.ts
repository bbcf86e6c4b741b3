import { expect } from "chai";
import { hostAsCalled } from "../../src/cli/kaniko-names.ts";
import { fakeHost } from "../support/fake-host.ts";

describe("cli/kaniko-names", () => {
  it("knows executor's only command beside the build", () => {
    const host = { ...fakeHost(["version"]), program: "executor" };

    expect(hostAsCalled(host).argv).to.deep.equal(["--version"]);
  });

  it("takes warmer for the command that warms", () => {
    const host = { ...fakeHost(["--image=busybox"]), program: "warmer" };

    expect(hostAsCalled(host).argv).to.deep.equal(["warm", "--image=busybox"]);
  });

  it("changes nothing by its own name", () => {
    const host = fakeHost(["version"]);

    expect(hostAsCalled(host)).to.equal(host);
  });
});
