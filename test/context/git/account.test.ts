import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { accountVariables } from "../../../src/context/git/account.ts";
import { outputOf } from "../../support/command.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

describe("context/git/account", () => {
  let temporary: TemporaryDirectory;

  before(async () => {
    temporary = await makeTemporaryDirectory();
  });

  after(() => temporary[Symbol.asyncDispose]());

  it("makes the user of this process known to programs", async () => {
    const library = /\S*\/libnss_wrapper\.so$/m;
    const [found] = library.exec(outputOf(["dpkg", "-L", "libnss-wrapper"]).toString()) ?? [];
    const variables = await accountVariables(temporary.path, found);

    const env = { ...process.env, ...variables };
    expect(execFileSync("id", ["-un"], { env }).toString()).to.equal("slipway\n");
    expect(execFileSync("sh", ["-c", "echo ~slipway"], { env }).toString()).to.equal(
      `${temporary.path}\n`,
    );
    expect(execFileSync("id", ["-gn"], { env }).toString()).to.equal("slipway\n");
  });

  it("changes nothing outside the step image", async () => {
    expect(await accountVariables(temporary.path, temporary.join("none.so"))).to.equal(undefined);
  });
});
