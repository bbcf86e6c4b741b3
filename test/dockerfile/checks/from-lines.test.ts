import { expect } from "chai";
import {
  checkConstantPlatform,
  checkFromArguments,
  checkRedundantPlatform,
} from "../../../src/dockerfile/checks/from-lines.ts";
import { expandWord } from "../../../src/dockerfile/expansion/expand.ts";
import type { Stage } from "../../../src/dockerfile/instruction.ts";
import { reported, stagesOf } from "../../support/reported.ts";

const scope = new Map([
  ["TARGETPLATFORM", "linux/amd64"],
  ["TARGETOS", "linux"],
  ["SAME", "linux/amd64"],
]);

function stageOf(line: string): Stage {
  const [stage] = stagesOf(`${line}\n`);
  if (stage === undefined) throw new TypeError(`${line} is no FROM`);
  return stage;
}

describe("dockerfile/checks/from-lines", () => {
  it("names what is not declared, and what was probably meant", () => {
    const found = reported((reporter) =>
      checkFromArguments(
        stageOf("FROM a"),
        { missing: ["VERSON", "TAG", "EMPTY"], declared: ["VERSION", "EMPTY"] },
        reporter,
      ),
    );

    expect(found).to.deep.equal([
      "UndefinedArgInFrom: FROM argument 'VERSON' is not declared (did you mean VERSION?)",
      "UndefinedArgInFrom: FROM argument 'TAG' is not declared",
    ]);
  });

  const redundant = [
    { flag: "$TARGETPLATFORM", isFound: true },
    { flag: "${TARGETPLATFORM:-linux/arm64}", isFound: true },
    { flag: "${TARGETPLATFORM}/v2", isFound: false },
    { flag: "$SAME", isFound: false },
    { flag: "$TARGETPLATFORM$TARGETOS", isFound: false },
    { flag: "$TARGETPLATFORM$NONE", isFound: false },
    { flag: "linux/amd64", isFound: false },
  ];
  for (const { flag, isFound } of redundant) {
    it(`takes --platform=${flag} for ${isFound ? "redundant" : "meant"}`, () => {
      const expansion = expandWord(flag, scope);
      const found = reported((reporter) =>
        checkRedundantPlatform(
          stageOf(`FROM --platform=${flag} a`),
          { expansion, target: "linux/amd64" },
          reporter,
        ),
      );

      expect(found).to.have.lengthOf(isFound ? 1 : 0);
      for (const message of found) expect(message).to.include(`predefined ${flag} in FROM`);
    });
  }

  const constant = [
    { line: "FROM --platform=linux/amd64 a", isFound: true },
    { line: "FROM --platform=linux/amd64 a AS b", isFound: true },
    { line: "FROM --platform=linux/amd64 a AS b-amd64", isFound: false },
    { line: "FROM --platform=linux/amd64 a AS on-linux", isFound: false },
    { line: "FROM --platform=$SAME a", isFound: false },
    { line: "FROM --platform=$NONE a", isFound: false },
  ];
  for (const { line, isFound } of constant) {
    it(`${isFound ? "warns" : "does not warn"} of ${line}`, () => {
      const stage = stageOf(line);
      const expansion = expandWord(stage.platform, scope);
      const platform = { os: "linux", architecture: "amd64" };
      const found = reported((reporter) =>
        checkConstantPlatform(stage, { expansion, platform }, reporter),
      );

      expect(found).to.have.lengthOf(isFound ? 1 : 0);
    });
  }

  it("leaves a platform that is none to others", () => {
    const expansion = expandWord("nonsense", scope);
    const found = reported((reporter) =>
      checkConstantPlatform(
        stageOf("FROM --platform=nonsense a"),
        { expansion, platform: undefined },
        reporter,
      ),
    );

    expect(found).to.deep.equal([]);
  });
});
