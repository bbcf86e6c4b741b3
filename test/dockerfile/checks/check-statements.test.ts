import { expect } from "chai";
import { checkStatements } from "../../../src/dockerfile/checks/check-statements.ts";
import { readCheckOptions } from "../../../src/dockerfile/checks/options.ts";
import { CheckReporter, type CheckWarning } from "../../../src/dockerfile/checks/reporter.ts";
import { DockerfileError } from "../../../src/errors/dockerfile-error.ts";

interface Found {
  readonly warnings: readonly string[];
  readonly error: string | undefined;
}

/** Warnings as `line rule`, and the error's message. */
function check(...lines: string[]): Found {
  const source = Buffer.from(`${lines.join("\n")}\n`);
  const found: CheckWarning[] = [];
  let error: string | undefined;
  try {
    checkStatements(source, "Dockerfile", new CheckReporter(readCheckOptions(source), found));
  } catch (failure) {
    if (!(failure instanceof DockerfileError)) throw failure;
    error = failure.message;
  }
  return {
    warnings: found.map(({ rule, location }) => `${location.firstLine} ${rule}`),
    error,
  };
}

describe("dockerfile/checks/check-statements", () => {
  const cases: { lines: string[]; warnings: string[] }[] = [
    { lines: ["FROM scratch AS ok", "RUN x"], warnings: [] },
    { lines: ["FROM scratch AS Up"], warnings: ["1 StageNameCasing"] },
    { lines: ["FROM scratch as up"], warnings: ["1 FromAsCasing"] },
    { lines: ["from scratch AS up"], warnings: ["1 FromAsCasing"] },
    { lines: ["From scratch as up"], warnings: ["1 ConsistentInstructionCasing"] },
    { lines: ["FROM scratch", "run x"], warnings: ["2 ConsistentInstructionCasing"] },
    {
      lines: ["FROM scratch", "run x", "run y"],
      warnings: ["1 ConsistentInstructionCasing"],
    },
    { lines: ["FROM scratch", "RUN x \\", "", " y"], warnings: ["4 NoEmptyContinuation"] },
    { lines: ["FROM scratch AS context"], warnings: ["1 ReservedStageName"] },
    { lines: ["FROM a AS x", "FROM b AS x"], warnings: ["2 DuplicateStageName"] },
    { lines: ["FROM scratch", "MAINTAINER me"], warnings: ["2 MaintainerDeprecated"] },
    {
      lines: ["FROM scratch", "# check=skip=MaintainerDeprecated", "MAINTAINER me"],
      warnings: [],
    },
    {
      lines: [
        "# check=experimental=all",
        "FROM scratch",
        "# other",
        "ARG x",
        "# y text",
        "ARG x y",
      ],
      warnings: ["4 InvalidDefinitionDescription"],
    },
  ];
  for (const { lines, warnings } of cases) {
    it(`finds ${warnings.join(", ") || "nothing"} in ${JSON.stringify(lines)}`, () => {
      expect(check(...lines)).to.deep.equal({ warnings, error: undefined });
    });
  }

  it("keeps what it found before an instruction that cannot be read", () => {
    const { warnings, error } = check("FROM scratch as x", "MAINTAINER me", "FOO", "MAINTAINER me");

    expect(warnings).to.deep.equal(["1 FromAsCasing", "2 MaintainerDeprecated"]);
    expect(error).to.match(/unknown instruction: FOO/);
  });

  it("finds nothing in a file whose statements cannot be told apart", () => {
    expect(check("FROM scratch as x", "ENV a").warnings).to.deep.equal([]);
  });
});
