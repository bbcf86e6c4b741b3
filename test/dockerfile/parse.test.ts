import { expect } from "chai";
import { parseDockerfile, parseInstruction } from "../../src/dockerfile/parse.ts";
import { errorFrom } from "../support/error-from.ts";

const multiStage = `# syntax=docker/dockerfile:1 --flag
# escape=\`
# check=skip=all
# base the image to build on
ARG base=debian tag
FROM $base:\${tag} AS Build
# VERSION what to build
ARG VERSION=1
RUN make \`
  # in between
  all
from --platform=linux/arm64 scratch
COPY --from=build /out /
`;

function at(line: number): object {
  return { file: "Dockerfile.prod", firstLine: line, lastLine: line };
}

describe("dockerfile/parse", () => {
  const file = parseDockerfile(multiStage, "Dockerfile.prod");

  it("reads parser directives with their lines", () => {
    expect(file.escape).to.equal("`");
    expect(file.syntax).to.deep.equal({ value: "docker/dockerfile:1 --flag", location: at(1) });
    expect(file.check).to.deep.equal({ value: "skip=all", location: at(3) });
  });

  it("keeps arguments before the first stage apart", () => {
    const [arg, ...more] = file.globalArgs;

    expect(more).to.deep.equal([]);
    expect(arg?.args).to.deep.equal([
      { key: "base", value: "debian", description: "the image to build on" },
      { key: "tag", value: undefined, description: undefined },
    ]);
  });

  it("groups instructions by stage, and names stages in lower case", () => {
    const stages = file.stages.map(({ name, base, platform, keyword, instructions }) => {
      return { name, base, platform, keyword, types: instructions.map(({ type }) => type) };
    });

    expect(stages).to.deep.equal([
      {
        name: "build",
        base: "$base:${tag}",
        platform: "",
        keyword: "FROM",
        types: ["ARG", "RUN"],
      },
      { name: "", base: "scratch", platform: "linux/arm64", keyword: "from", types: ["COPY"] },
    ]);
  });

  it("gives every instruction its lines, its joined text and the comments above it", () => {
    const [arg, run] = file.stages[0]?.instructions ?? [];

    expect(arg?.comments).to.deep.equal(["VERSION what to build"]);
    expect(run?.source).to.equal("RUN make   all");
    expect(run?.location).to.deep.equal({ file: "Dockerfile.prod", firstLine: 9, lastLine: 11 });
  });

  it("reads bytes as text, a byte order mark left out", () => {
    const bytes = new TextEncoder().encode("\uFEFFFROM scratch\nLABEL a=é\n");

    const [label] = parseDockerfile(bytes, "D").stages[0]?.instructions ?? [];

    expect(label).to.deep.include({ source: "LABEL a=é" });
  });

  it("has no stages without FROM", () => {
    expect(parseDockerfile("ARG a\n", "D").stages).to.deep.equal([]);
  });

  const refused = [
    { text: "", message: "file with no instructions", lines: [0, 0] },
    { text: "RUN x\n", message: "no build stage in current context", lines: [1, 1] },
    {
      text: "FROM scratch\nCOPPY a b\n",
      message: "dockerfile parse error on line 2: unknown instruction: COPPY (did you mean COPY?)",
      lines: [2, 2],
    },
    {
      text: "FROM scratch\ncoppy a b\n",
      message: "dockerfile parse error on line 2: unknown instruction: coppy (did you mean copy?)",
      lines: [2, 2],
    },
    {
      text: "FROM scratch\n\nRUN --netwrk=none \\\n  x\n",
      message: "dockerfile parse error on line 3: unknown flag: --netwrk (did you mean network?)",
      lines: [3, 4],
    },
    {
      text: "FROM a b\n",
      message: "dockerfile parse error on line 1: FROM requires either one or three arguments",
      lines: [1, 1],
    },
    {
      text: "FROM a AS 1b\n",
      message:
        'dockerfile parse error on line 1: invalid name for build stage: "1b", name can\'t start with a number or contain symbols',
      lines: [1, 1],
    },
  ];
  for (const { text, message, lines } of refused) {
    it(`refuses ${JSON.stringify(text)} with its place`, () => {
      const error = errorFrom(() => parseDockerfile(text, "D"));

      expect(error.code).to.equal("DOCKERFILE_SYNTAX");
      expect(error.message).to.equal(message);
      expect([error.location?.firstLine, error.location?.lastLine]).to.deep.equal(lines);
    });
  }
});

describe("dockerfile/parse of ONBUILD triggers", () => {
  const location = { file: "D", firstLine: 7, lastLine: 8 };

  it("parses a trigger with its heredoc at the place where it is executed", () => {
    const run = parseInstruction("RUN <<EOF\necho $a\nEOF", location);

    expect(run).to.deep.include({ type: "RUN", location, keyword: "RUN" });
    expect(run.type === "RUN" && run.heredocs[0]?.data).to.equal("echo $a\n");
  });

  const refused = [
    ["ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ["FROM scratch", "FROM isn't allowed as an ONBUILD trigger"],
    ["MAINTAINER me", "MAINTAINER isn't allowed as an ONBUILD trigger"],
    ["RUN x\nRUN y", "onbuild trigger should be a single expression"],
    ["", "file with no instructions"],
    [
      "COPY a",
      "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
    ],
    ["ENV", "ENV requires at least one argument"],
  ] as const;
  for (const [trigger, message] of refused) {
    it(`refuses ${JSON.stringify(trigger)} there`, () => {
      const error = errorFrom(() => parseInstruction(trigger, location));

      expect(error.message).to.equal(message);
      expect(error.location).to.deep.equal(location);
    });
  }
});
