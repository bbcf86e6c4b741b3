import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runCli } from "../../../src/cli/run-cli.ts";
import { type FakeHost, fakeHost } from "../../support/fake-host.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const buildFile = `
images:
  base:
    context: base
    destinations: ["r.example/base:\${TAG:-dev}"]
  api:
    destinations: ["r.example/api:\${TAG:-dev}"]
    contexts: {base: image:base}
`;
const dockerfile = [
  "FROM x AS base",
  "RUN a",
  "FROM base AS tool",
  "RUN a",
  "FROM x AS app",
  "COPY --from=tool /a /a",
  "",
].join("\n");

function neverBuild(): never {
  throw new Error("a build was loaded for nothing");
}

async function plan(
  args: readonly string[],
  environment = {},
): Promise<FakeHost & { readonly exitCode: number }> {
  const host = fakeHost(["plan", ...args], environment);
  return { ...host, exitCode: await runCli(host, { build: neverBuild }) };
}

describe("cli/commands/fan-out", () => {
  let directory: TemporaryDirectory;

  before(async () => {
    directory = await makeTemporaryDirectory();
    await mkdir(directory.join("base"));
    await writeFile(directory.join("slipway.yaml"), buildFile);
    await writeFile(directory.join("Dockerfile"), dockerfile);
  });

  after(() => directory[Symbol.asyncDispose]());

  const ofImages = (): string[] => ["--fan-out", `--build-file=${directory.join("slipway.yaml")}`];
  const file = (name: string): string => directory.join("results", name);
  const ofStages = (): string[] => [
    "--fan-out",
    `--context=${directory.path}`,
    `--dockerfile=${directory.join("Dockerfile")}`,
    "--destination=r.example/app:1",
    "--run-id=run-1",
  ];

  it("shows the units of a build file in waves, with variables of arguments before the environment", async () => {
    const { out, errors } = await plan([...ofImages(), "--var=TAG=2"], { TAG: "1" });

    expect(out.join(""), errors.join("")).to.equal(
      "wave 1\n  base  r.example/base:2\n\nwave 2\n  api   r.example/api:2\n",
    );
  });

  it("prints a wave as a list of texts, an empty one after the last", async () => {
    const waves = await Promise.all(
      [1, 2, 3].map(async (wave) => (await plan([...ofImages(), `--wave=${wave}`])).out.join("")),
    );

    expect(waves).to.deep.equal(['["base"]\n', '["api"]\n', "[]\n"]);
  });

  it("shows the units of a Dockerfile, and why stages are none", async () => {
    const { out, errors } = await plan(ofStages());

    expect(out.join(""), errors.join(""))
      .to.match(/^wave 1\n {2}stage:tool {2}r\.example\/app:stage-tool-[0-9a-f]{16}\n/)
      .and.include("\nwave 2\n  target      r.example/app:1\n")
      .and.include("\n  base: tool starts from it\n");
  });

  it("prints all of a plan as JSON, and writes it and its waves without a newline", async () => {
    const { out } = await plan([
      ...ofImages(),
      "--format=json",
      `--plan-file=${file("plan")}`,
      ...[1, 2, 3].map((wave) => `--plan-file=${wave}=${file(`wave-${wave}`)}`),
    ]);

    const [printed = ""] = out;
    expect(JSON.parse(printed)).to.have.nested.property("waves[1][0].unit", "api");
    const written = await Promise.all(
      ["plan", "wave-1", "wave-2", "wave-3"].map((name) => readFile(file(name), "utf8")),
    );
    expect(written).to.deep.equal([printed.trimEnd(), '["base"]', '["api"]', "[]"]);
  });

  it("refuses a plan of more waves than there are files for", async () => {
    const { exitCode, errors } = await plan([...ofImages(), `--plan-file=1=${file("only")}`]);

    expect(exitCode).to.equal(2);
    expect(errors.join("")).to.include("there are 2 waves, and --plan-file names 1");
  });

  for (const [args, message] of [
    [["--fan-out", "--run-id=x"], "need a --destination"],
    [["--fan-out", "--destination=r.example/app:1"], "need a --run-id"],
    [["--fan-out", "--resolve"], "--resolve"],
    [["--build-file=x"], "--build-file needs --fan-out"],
    [["--wave=1"], "--wave needs --fan-out"],
    [["--plan-file=x"], "--plan-file needs --fan-out"],
  ] as const) {
    it(`does not take ${args.join(" ")}`, async () => {
      const { exitCode, errors } = await plan(args);

      expect(exitCode).to.equal(2);
      expect(errors.join("")).to.include(message).and.include("USAGE_CONFLICT");
    });
  }

  it("says which build file is not there", async () => {
    const { exitCode, errors } = await plan([
      "--fan-out",
      `--build-file=${path.join("no", "such")}`,
    ]);

    expect(exitCode).to.equal(3);
    expect(errors.join(""))
      .to.include("no/such does not exist")
      .and.include("BUILD_FILE_NOT_FOUND");
  });
});
