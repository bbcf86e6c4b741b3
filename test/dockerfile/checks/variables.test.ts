import { expect } from "chai";
import { checkKeyValueFormat, reportUndefined } from "../../../src/dockerfile/checks/variables.ts";
import { instructionOf, reported } from "../../support/reported.ts";

const location = { file: "Dockerfile", firstLine: 1, lastLine: 1 };

function formatOf(line: string): string[] {
  return reported((reporter) => checkKeyValueFormat(instructionOf("LABEL", line), reporter));
}

describe("dockerfile/checks/variables", () => {
  for (const [name, suggestion] of [
    ["PAHT", " (did you mean $PATH?)"],
    ["foo", ""],
    ["HOMES", " (did you mean $HOME?)"],
  ] as const) {
    it(`says of ${name} that it is not defined${suggestion}`, () => {
      const known = ["PATH", "HOME", "FOO"];
      const found = reported((reporter) => reportUndefined(name, { known, location }, reporter));

      expect(found).to.deep.equal([
        `UndefinedVar: Usage of undefined variable '$${name}'${suggestion}`,
      ]);
    });
  }

  it("warns of pairs without an equals sign, in the words of the file", () => {
    const message =
      'LegacyKeyValueFormat: "label key=value" should be used instead of legacy "label key value" format';
    expect(formatOf("label a b c")).to.deep.equal([message]);
    expect(formatOf("label a=b c=d")).to.deep.equal([]);
  });
});
