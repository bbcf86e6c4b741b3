import { expect } from "chai";
import { checkRepetition, checkShellForm } from "../../../src/dockerfile/checks/commands.ts";
import { instructionOf, reported } from "../../support/reported.ts";

const json = "JSON arguments recommended for";

describe("dockerfile/checks/commands", () => {
  const forms = [
    { line: "CMD a b", shell: false, found: [`JSONArgsRecommended: ${json} CMD`] },
    { line: "cmd", shell: false, found: [`JSONArgsRecommended: ${json} cmd`] },
    { line: "CMD ['a']", shell: false, found: [`JSONArgsRecommended: ${json} CMD`] },
    { line: 'CMD ["a"]', shell: false, found: [] },
    { line: "CMD []", shell: false, found: [] },
    { line: "CMD a b", shell: true, found: [] },
  ];
  for (const { line, shell, found } of forms) {
    it(`says ${found.length} things of ${line} ${shell ? "with" : "without"} SHELL`, () => {
      const messages = reported((reporter) =>
        checkShellForm(instructionOf("CMD", line), shell, reporter),
      );

      expect(messages.map((message) => message.split(" to prevent", 1)[0])).to.deep.equal(found);
    });
  }

  it("names the later instruction at the place of the earlier one", () => {
    const later = instructionOf("ENTRYPOINT", 'entrypoint ["b"]');
    const earlier = { file: "Dockerfile", firstLine: 9, lastLine: 9 };

    expect(reported((reporter) => checkRepetition(later, undefined, reporter))).to.deep.equal([]);
    expect(reported((reporter) => checkRepetition(later, earlier, reporter))).to.deep.equal([
      "MultipleInstructionsDisallowed: Multiple entrypoint instructions should not be used in the same stage because only the last one will be used",
    ]);
  });
});
