import { expect } from "chai";
import {
  type CheckOptions,
  isChecked,
  readCheckOptions,
  withComments,
} from "../../../src/dockerfile/checks/options.ts";
import type { RuleName } from "../../../src/dockerfile/checks/rules.ts";
import { errorFrom } from "../../support/error-from.ts";

const some: readonly RuleName[] = [
  "MaintainerDeprecated",
  "StageNameCasing",
  "InvalidDefinitionDescription",
];

function read(directive: string, override?: string): CheckOptions {
  return readCheckOptions(Buffer.from(`${directive}\nFROM scratch\n`), override);
}

function checked(options: CheckOptions): string[] {
  return some.filter((rule) => isChecked(rule, options));
}

describe("dockerfile/checks/options", () => {
  const cases = [
    { directive: "", rules: ["MaintainerDeprecated", "StageNameCasing"] },
    { directive: "# check=skip=all", rules: [] },
    { directive: "# check=skip=StageNameCasing", rules: ["MaintainerDeprecated"] },
    {
      directive: "# check = skip=StageNameCasing,MaintainerDeprecated;error=1",
      rules: [],
      fails: true,
    },
    {
      directive: "# check=skip=StageNameCasing, MaintainerDeprecated",
      rules: ["MaintainerDeprecated"],
    },
    {
      directive: "# check=skip=stagenamecasing",
      rules: ["MaintainerDeprecated", "StageNameCasing"],
    },
    {
      directive: "# check=skip=all;experimental=all",
      rules: ["InvalidDefinitionDescription"],
    },
    { directive: "# check=skip=all;error=true;experimental=x;y", rules: [], fails: true },
    { directive: "# check=error=F", rules: ["MaintainerDeprecated", "StageNameCasing"] },
  ];
  for (const { directive, rules, fails = false } of cases) {
    it(`reads ${directive || "no directive"}`, () => {
      const options = read(directive);

      expect(checked(options)).to.deep.equal(rules);
      expect(options.failsOnWarning).to.equal(fails);
    });
  }

  it("lets the build argument take the place of the directive", () => {
    expect(checked(read("# check=skip=all", "error=true"))).to.have.lengthOf(2);
    expect(checked(read("# check=skip=all", ""))).to.deep.equal([]);
  });

  const refused = [
    { directive: "# check=bogus", message: 'invalid check option "bogus"' },
    { directive: "# check=a=b", message: 'invalid check option "a"' },
    {
      directive: "# check=error=maybe",
      message:
        'failed to parse check option "error=maybe": strconv.ParseBool: parsing "maybe": invalid syntax',
    },
  ];
  for (const { directive, message } of refused) {
    it(`refuses ${directive}`, () => {
      const error = errorFrom(() => read(directive));

      expect(error.message).to.equal(`failed to parse check options: ${message}`);
      expect(error.code).to.equal("DOCKERFILE_SYNTAX");
    });
  }

  it("refuses a build argument that is malformed", () => {
    const error = errorFrom(() => read("", "bogus"));

    expect(error.code).to.equal("USAGE_INVALID_VALUE");
    expect(error.message).to.include("build-arg:BUILDKIT_DOCKERFILE_CHECK");
  });

  describe("above an instruction", () => {
    const comments = [
      { comments: ["check=skip=StageNameCasing"], rules: ["MaintainerDeprecated"] },
      { comments: ["why", "check=skip=all because"], rules: [] },
      { comments: ["check=nonsense"], rules: ["MaintainerDeprecated", "StageNameCasing"] },
      {
        comments: ["check=skip=StageNameCasing", "check=skip=all"],
        rules: ["MaintainerDeprecated"],
      },
    ];
    for (const { comments: lines, rules } of comments) {
      it(`heeds ${JSON.stringify(lines)}`, () => {
        expect(checked(withComments(read(""), lines))).to.deep.equal(rules);
      });
    }

    it("adds to what the file says, but for failing", () => {
      const options = withComments(read("# check=skip=StageNameCasing"), [
        "check=skip=MaintainerDeprecated;error=true",
      ]);

      expect(checked(options)).to.deep.equal([]);
      expect(options.failsOnWarning).to.equal(false);
    });
  });
});
