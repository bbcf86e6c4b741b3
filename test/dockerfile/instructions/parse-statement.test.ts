import { expect } from "chai";
import { readStatements } from "../../../src/dockerfile/grammar/read-statements.ts";
import type { Instruction } from "../../../src/dockerfile/instruction.ts";
import { parseStatement } from "../../../src/dockerfile/instructions/parse-statement.ts";
import { errorFrom } from "../../support/error-from.ts";

function parse(source: string): Instruction {
  const [statement] = readStatements(source, "D").statements;
  if (statement === undefined) throw new Error("there is no statement");
  return parseStatement(statement);
}

describe("dockerfile/instructions/parse-statement", () => {
  const copy = { chown: undefined, chmod: undefined, link: false, exclude: [], inline: [] };
  const accepted: readonly { source: string; fields: object }[] = [
    {
      source: "ADD --keep-git-dir --unpack=false --checksum=sha256:ab https://x/y /d/",
      fields: {
        ...copy,
        sources: ["https://x/y"],
        destination: "/d/",
        keepGitDir: true,
        unpack: false,
        checksum: "sha256:ab",
      },
    },
    {
      source:
        "COPY --from=b --chown=1:2 --chmod=u+x --link --parents --exclude=*.o --exclude=t a b c",
      fields: {
        ...copy,
        sources: ["a", "b"],
        destination: "c",
        from: "b",
        chown: "1:2",
        chmod: "u+x",
        link: true,
        parents: true,
        exclude: ["*.o", "t"],
      },
    },
    {
      source: "COPY --from= --chown= a b",
      fields: { ...copy, sources: ["a"], destination: "b", from: undefined, parents: false },
    },
    {
      source: "COPY <<-A <<'B' /d/\n\tx\n\tA\n$y\nB",
      fields: {
        ...copy,
        sources: [],
        destination: "/d/",
        inline: [
          { name: "A", data: "x\n", expand: true },
          { name: "B", data: "$y\n", expand: false },
        ],
      },
    },
    {
      source: "RUN --network=host --security=insecure --device=a/b=c,required --mount=target=/x a",
      fields: {
        form: "shell",
        args: ["a"],
        heredocs: [],
        mounts: ["target=/x"],
        network: "host",
        security: "insecure",
        devices: ["a/b=c,required"],
        flagsUsed: ["device", "mount", "network", "security"],
      },
    },
    { source: "CMD", fields: { form: "shell", args: [], heredocs: [] } },
    { source: "ENTRYPOINT []", fields: { form: "exec", args: [], heredocs: [] } },
    { source: 'SHELL ["a", "-c"]', fields: { args: ["a", "-c"] } },
    { source: "EXPOSE 9 80 10", fields: { ports: ["10", "80", "9"] } },
    { source: 'VOLUME [ " /a " ]', fields: { paths: ["/a"] } },
    { source: "USER a b", fields: { user: "a b" } },
    { source: "WORKDIR a/../b", fields: { path: "a/../b" } },
    { source: "STOPSIGNAL --x 9", fields: { signal: "9" } },
    { source: "MAINTAINER me", fields: { maintainer: "me" } },
    { source: "onbuild  run a  b ", fields: { expression: "run a  b " } },
    { source: "ONBUILD RUN <<A\nx\nA", fields: { expression: "RUN <<A\nx\nA" } },
    {
      source: "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-interval=0s --retries=3 CMD a b",
      fields: {
        test: ["CMD-SHELL", "a b"],
        intervalNs: 90e9,
        timeoutNs: 1.5e9,
        startPeriodNs: undefined,
        startIntervalNs: 0,
        retries: 3,
      },
    },
    { source: 'HEALTHCHECK cmd ["a"]', fields: { test: ["CMD", "a"] } },
    { source: "HEALTHCHECK --bogus none", fields: { test: ["NONE"] } },
  ];
  for (const { source, fields } of accepted) {
    it(`reads ${JSON.stringify(source)}`, () => {
      expect(parse(source)).to.deep.include(fields);
    });
  }

  const refused: readonly (readonly [source: string, message: string])[] = [
    ["ARG =a", "ARG names can not be blank"],
    ["ENV =a", "ENV names can not be blank"],
    ["LABEL", "LABEL requires at least one argument"],
    ["USER", "USER requires exactly one argument"],
    ["VOLUME --x /a", "unknown flag: --x"],
    ['VOLUME [""]', "VOLUME specified can not be an empty string"],
    ["SHELL a", "SHELL requires the arguments to be in JSON form"],
    ["COPY --link=1 a b", "expecting boolean value for flag --link, not: 1"],
    ["COPY --link= a b", "missing a value on flag: --link"],
    ["COPY --from a b", "missing a value on flag: --from"],
    ["COPY --from=a --from=b a b", "duplicate flag specified: --from"],
    ["ADD a <<A\nA", "ADD cannot accept a heredoc as a destination"],
    ["RUN --network=x a", 'invalid network mode "x"'],
    ["RUN --security=x a", 'security "x" is not valid'],
    ["RUN --device=name=a,name=b a", "device name already set to a"],
    ["RUN --device=a,required=x a", "invalid value for required: x"],
    ["RUN --device=a,b a", "invalid field 'b' must be a key=value pair"],
    [
      "RUN --mount=from=$a a",
      "'from' doesn't support variable expansion, define alias stage instead",
    ],
    [
      'RUN --mount=a\\"b a',
      'failed to parse csv mounts: parse error on line 1, column 2: bare " in non-quoted-field',
    ],
    ["RUN --mount= a", "failed to parse csv mounts: EOF"],
    ["HEALTHCHECK", "HEALTHCHECK requires at least one argument"],
    ["HEALTHCHECK NONE a", "HEALTHCHECK NONE takes no arguments"],
    ["HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"],
    ["HEALTHCHECK TCP 80", 'Unknown type "TCP" in HEALTHCHECK (try CMD)'],
    ["HEALTHCHECK --timeout=1us CMD a", 'Interval "timeout" cannot be less than 1ms'],
    ["HEALTHCHECK --retries=-1 CMD a", "--retries cannot be negative (-1)"],
    ["HEALTHCHECK --retries=x CMD a", 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      "HEALTHCHECK --retries=2147483648 CMD a",
      'strconv.ParseInt: parsing "2147483648": value out of range',
    ],
    ["ONBUILD ONBUILD RUN a", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ["__proto__ a", "unknown instruction: __proto__"],
    ["RUN --__proto__=a b", "unknown flag: --__proto__"],
  ];
  for (const [source, message] of refused) {
    it(`refuses ${JSON.stringify(source)}`, () => {
      expect(errorFrom(() => parse(source)).message).to.equal(message);
    });
  }
});
