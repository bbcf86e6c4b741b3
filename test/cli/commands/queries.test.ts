import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { checkCommand, outlineCommand, planCommand } from "../../../src/cli/commands/queries.ts";
import { runCli } from "../../../src/cli/run-cli.ts";
import { type FakeHost, fakeHost } from "../../support/fake-host.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

function neverBuild(): never {
  throw new Error("a build was loaded for nothing");
}

describe("cli/commands/queries", () => {
  let directory: TemporaryDirectory;
  let contexts = 0;

  before(async () => {
    directory = await makeTemporaryDirectory();
  });

  after(async () => {
    await directory[Symbol.asyncDispose]();
  });

  /** Calls a command on a new context that holds these files. */
  async function call(
    files: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<FakeHost & { readonly exitCode: number }> {
    contexts += 1;
    const context = directory.join(`context-${contexts}`);
    await mkdir(context);
    for (const [name, text] of Object.entries(files)) await writeFile(`${context}/${name}`, text);
    const [command = "", ...flags] = args;
    const host = fakeHost([
      command,
      `--context=${context}`,
      `--dockerfile=${context}/Dockerfile`,
      ...flags,
    ]);
    return { ...host, exitCode: await runCli(host, { build: neverBuild }) };
  }

  describe("check", () => {
    it("has nothing to say of a good file, and exits with 0", async () => {
      const { exitCode, out } = await call({ Dockerfile: "FROM scratch\nCOPY a /\n" }, "check");

      expect(out).to.deep.equal(["nothing to warn of\n"]);
      expect(exitCode).to.equal(0);
    });

    it("shows what it warns of with its lines and page, and exits with 1", async () => {
      const { exitCode, out } = await call(
        { Dockerfile: "FROM scratch\nENV a b\nCOPY x.log /\n", ".dockerignore": "*.log\n" },
        "check",
      );

      expect(exitCode).to.equal(1);
      expect(out.join("")).to.equal(
        [
          'warning: "ENV key=value" should be used instead of legacy "ENV key value" format (LegacyKeyValueFormat)',
          "Dockerfile:2",
          "  1 | FROM scratch",
          "> 2 | ENV a b",
          "  3 | COPY x.log /",
          "see docs/checks/legacy-key-value-format.md",
          "",
          'warning: Attempting to Copy file "x.log" that is excluded by .dockerignore (CopyIgnoredFile)',
          "Dockerfile:3",
          "  1 | FROM scratch",
          "  2 | ENV a b",
          "> 3 | COPY x.log /",
          "see docs/checks/copy-ignored-file.md",
          "",
        ].join("\n"),
      );
    });

    it("shows an error as errors are shown, on standard output", async () => {
      const { exitCode, out, errors } = await call(
        { Dockerfile: "FROM scratch as x\nSTOPSIGNAL NO\n" },
        "check",
      );

      expect(exitCode).to.equal(1);
      expect(out.join(""))
        .to.include("(FromAsCasing)")
        .and.include("error: invalid signal: NO (DOCKERFILE_INVALID)\nDockerfile:2\n");
      expect(errors).to.deep.equal([]);
    });

    it("answers in JSON, with every place of an error", async () => {
      const { out } = await call(
        {
          Dockerfile:
            "FROM scratch as x\nCOPY --from=y / /\nFROM scratch AS y\nCOPY --from=x / /\n",
        },
        "check",
        "--format=json",
      );

      expect(JSON.parse(out.join(""))).to.deep.equal({
        warnings: [
          {
            rule: "FromAsCasing",
            description: "The 'as' keyword should match the case of the 'from' keyword",
            message: "'as' and 'FROM' keywords' casing do not match",
            url: "https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
            location: { file: "Dockerfile", firstLine: 1, lastLine: 1 },
          },
        ],
        buildError: {
          code: "DOCKERFILE_INVALID",
          message: "circular dependency detected on stage: x",
          locations: [
            { file: "Dockerfile", firstLine: 2, lastLine: 2 },
            { file: "Dockerfile", firstLine: 4, lastLine: 4 },
          ],
        },
      });
    });

    it("checks all stages, or those that a target needs", async () => {
      const files = { Dockerfile: "FROM scratch AS a\nENV a b\nFROM scratch AS b\nENV c d\n" };
      const all = await call(files, "check", "--format=json");
      const one = await call(files, "check", "--format=json", "--target=a");

      expect(JSON.parse(all.out.join("")).warnings).to.have.lengthOf(2);
      expect(JSON.parse(one.out.join("")).warnings).to.have.lengthOf(1);
    });

    it("refuses a malformed build argument for the checks as a usage error", async () => {
      const flag = "--build-arg=BUILDKIT_DOCKERFILE_CHECK=x";
      const { exitCode, errors } = await call({ Dockerfile: "FROM scratch\n" }, "check", flag);

      expect(exitCode).to.equal(2);
      expect(errors.join("")).to.include("USAGE_INVALID_VALUE");
    });
  });

  it("outlines in text and JSON, without asking a registry", async () => {
    const files = { Dockerfile: "FROM nowhere.invalid/a AS app\nARG PORT=80\n" };
    const text = await call(files, "outline");
    const json = await call(files, "outline", "--format", "json", "--build-arg=PORT=1");

    expect(text.exitCode).to.equal(0);
    expect(text.out.join("")).to.match(/^target app\n\narguments:\n {2}PORT=80 {2}Dockerfile:2\n/);
    expect(JSON.parse(json.out.join(""))).to.deep.include({
      name: "app",
      description: "",
      args: [
        {
          name: "PORT",
          value: "1",
          description: "",
          location: { file: "Dockerfile", firstLine: 2, lastLine: 2 },
        },
      ],
      secrets: [],
      ssh: [],
    });
  });

  it("plans in text and JSON, without asking a registry", async () => {
    const files = { Dockerfile: "FROM nowhere.invalid/a AS app\nRUN x\n" };
    const text = await call(files, "plan");
    const json = await call(files, "plan", "--format=json");

    expect(text.exitCode).to.equal(0);
    expect(text.out.join("")).to.include("  needs a root: RUN at line 2\n");
    expect(JSON.parse(json.out.join("")).stages[0]).to.include({ name: "app", effect: "command" });
  });

  it("asks a registry for check only, unless it is told to", () => {
    expect(checkCommand.flags).not.to.have.property("resolve");
    expect(outlineCommand.flags).to.have.property("resolve");
    expect(planCommand.flags).to.have.property("resolve");
  });

  for (const command of ["check", "outline", "plan"]) {
    it(`refuses flags of builds for ${command}, and shows its own help`, async () => {
      const refused = await call({ Dockerfile: "FROM scratch\n" }, command, "--no-push");
      const help = await call({ Dockerfile: "FROM scratch\n" }, command, "--help");

      expect(refused.exitCode).to.equal(2);
      expect(refused.errors.join("")).to.include("USAGE_UNKNOWN_FLAG");
      expect(help.out.join("")).to.match(new RegExp(`^slipway ${command} \\[flags\\]\n`));
      expect(help.out.join("")).to.include("--format").and.not.include("--no-push");
    });

    it(`says where there is no Dockerfile for ${command}`, async () => {
      const { exitCode, errors } = await call({}, command, "--dockerfile=absent");

      expect(exitCode).to.equal(3);
      expect(errors.join("")).to.include("DOCKERFILE_NOT_FOUND");
    });
  }

  it("names the other commands in the help of build", async () => {
    const host = fakeHost(["--help"]);
    await runCli(host, { build: neverBuild });

    for (const command of ["check", "outline", "plan"]) {
      expect(host.out.join("")).to.match(new RegExp(`^ {2}slipway ${command} +\\S`, "m"));
    }
  });
});
