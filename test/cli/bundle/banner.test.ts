import { execFile } from "node:child_process";
import path from "node:path";
import { expect } from "chai";

const banner = path.resolve("src/cli/bundle/banner.mjs");

interface Ending {
  readonly exitCode: unknown;
  readonly stderr: string;
}

/** Runs what the bundle begins with in a Node that says it is `version`. */
function runAs(version: string): Promise<Ending> {
  const pretend = `Object.defineProperties(process, {
    version: { value: "v${version}" }, versions: { value: { node: "${version}" } } });`;
  return new Promise((resolve) => {
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
    execFile(process.execPath, ["--import", preload, banner], (error, _stdout, stderr) => {
      resolve({ exitCode: error?.code ?? 0, stderr });
    });
  });
}

describe("cli/bundle/banner", () => {
  it("says in one line what an old Node lacks, and ends with 2", async () => {
    expect(await runAs("20.20.2")).to.deep.equal({
      exitCode: 2,
      stderr: "slipway needs Node.js 24 or later, and this is v20.20.2\n",
    });
  });

  it("lets Node 24 and later pass", async () => {
    for (const version of ["24.0.0", "26.10.0", "100.0.0"]) {
      expect(await runAs(version)).to.deep.equal({ exitCode: 0, stderr: "" });
    }
  });
});
