import { mkdirSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { expect } from "chai";
import { aptSandboxMount } from "../../../src/isolation/ptrace/apt-sandbox.ts";
import { caller } from "../../support/identity.ts";
import { inNamespace, type ScenarioPlace } from "../../support/namespace.ts";
import { makeTemporaryDirectory } from "../../support/temporary-directory.ts";

/** In a group with an id that proot cannot hide, once without apt and once with it. */
export const inRandomGroup = ({ directory }: ScenarioPlace): Promise<unknown> => {
  const root = `${directory}/root`;
  mkdirSync(root);
  const without = aptSandboxMount(root, directory);
  mkdirSync(`${root}/etc/apt/apt.conf.d`, { recursive: true });
  process.setgid?.(70_000);
  const [mount] = aptSandboxMount(root, directory);
  return Promise.resolve({
    without,
    target: mount?.target,
    text: readFileSync(mount?.source ?? "", "utf8"),
  });
};

describe("isolation/ptrace/apt-sandbox", function () {
  this.timeout(30_000);

  it("leaves apt alone where ids are small enough", async () => {
    await using root = await makeTemporaryDirectory();
    await chmod(root.path, 0o755);

    expect(aptSandboxMount(root.path, root.path)).to.deep.equal([]);
  });

  it("keeps apt from changing its user, where there is an apt", async function () {
    // Only the machine's root can be anybody.
    if (process.getuid?.() !== 0 || !(await caller.prepare())) this.skip();

    expect(await inNamespace(inRandomGroup, { from: import.meta.url })).to.deep.equal({
      without: [],
      target: "/etc/apt/apt.conf.d/99slipway",
      text: 'APT::Sandbox::User "root";\n',
    });
  });
});
