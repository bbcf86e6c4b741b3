import { expect } from "chai";
import { checkWorkdir } from "../../../src/dockerfile/checks/workdir.ts";
import { instructionOf, reported } from "../../support/reported.ts";

describe("dockerfile/checks/workdir", () => {
  for (const [path, isFound] of [
    ["/app", false],
    ["app", true],
    [".", true],
    ["C:x", true],
  ] as const) {
    it(`${isFound ? "warns" : "does not warn"} of ${path}`, () => {
      const workdir = instructionOf("WORKDIR", `WORKDIR ${path}`);
      const found = reported((reporter) => checkWorkdir(workdir, reporter));

      expect(found).to.deep.equal(
        isFound
          ? [
              `WorkdirRelativePath: Relative workdir "${path}" can have unexpected results if the base image changes`,
            ]
          : [],
      );
    });
  }
});
