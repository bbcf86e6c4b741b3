import { mkdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { aptSandboxMount } from "../../src/isolation/apt-sandbox.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

describe("isolation/apt-sandbox", () => {
  it("keeps apt from changing its user, where there is an apt", async () => {
    await using root = await makeTemporaryDirectory();
    const without = aptSandboxMount(root.path, root.path);
    mkdirSync(root.join("etc/apt/apt.conf.d"), { recursive: true });

    const [mount] = aptSandboxMount(root.path, root.path);

    expect(without).to.deep.equal([]);
    expect(mount?.target).to.equal("/etc/apt/apt.conf.d/99slipway");
    expect(readFileSync(mount?.source ?? "", "utf8")).to.equal('APT::Sandbox::User "root";\n');
  });
});
