import { expect } from "chai";
import { shownSetting } from "../../../src/cli/doctor/pipeline-report.ts";

describe("cli/doctor/pipeline-report", () => {
  it("shows a flag with its value and where that is from", () => {
    const setting = { name: "label", texts: ["a=1", "b=2"], origin: "flag" };

    expect(shownSetting(setting)).to.deep.equal({
      flag: "--label",
      value: "a=1 b=2",
      from: "flag",
    });
  });

  it("shows no value of a build argument, and nothing secret of a URL", () => {
    const args = { name: "build-arg", texts: ["TOKEN=hush", "BARE"], origin: "flag" };
    const context = { name: "context", texts: ["https://me:hush@git.test/x"], origin: "flag" };

    expect(shownSetting(args).value).to.equal("TOKEN=... BARE");
    expect(shownSetting(context).value).to.equal("https://***@git.test/x");
  });
});
