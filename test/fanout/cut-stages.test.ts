import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { cutStages } from "../../src/fanout/cut-stages.ts";
import { type PlanRequest, planBuild } from "../../src/plan/build-plan.ts";
import { parseNamedContext } from "../../src/plan/named-context.ts";
import { planRequest, testPlatform } from "../support/plan-request.ts";

/** Names of the stages that can be built by themselves, and why others cannot. */
async function cutOf(text: string, request: Partial<PlanRequest> = {}): Promise<string[]> {
  const plan = planBuild(parseDockerfile(text, "Dockerfile"), planRequest(request));
  const { cut, kept } = await cutStages(plan);
  return [
    ...cut.map(({ label }) => label),
    ...kept.map(({ label, reason }) => `${label}: ${reason}`),
  ];
}

const user = (...names: readonly string[]): string =>
  ["FROM scratch", ...names.map((name) => `COPY --from=${name} /x /`), ""].join("\n");

describe("fanout/cut-stages", () => {
  it("finds what runs commands and hands over files, by COPY and by mounts", async () => {
    const text = [
      "FROM x AS first",
      "RUN a",
      "FROM x AS second",
      "RUN --mount=from=first,target=/f a",
      "FROM x AS unused",
      "RUN a",
      user("second"),
    ].join("\n");

    expect(await cutOf(text)).to.deep.equal(["first", "second"]);
  });

  it("counts the commands of the stages that a stage starts from", async () => {
    const text = `FROM x AS base\nRUN a\nFROM base AS tool\nCOPY a /\n${user("tool")}`;

    expect(await cutOf(text)).to.deep.equal(["tool", "base: tool starts from it"]);
  });

  it("takes the triggers of a stage for commands of those that start from it", async () => {
    const text = `FROM x AS base\nONBUILD RUN a\nFROM base AS tool\n${user("tool")}`;

    expect(await cutOf(text)).to.include("tool");
  });

  it("leaves what runs no command where it is", async () => {
    expect(await cutOf(`FROM x AS files\nCOPY a /x\n${user("files")}`)).to.deep.equal([
      "files: it runs no command",
    ]);
  });

  it("leaves a stage that another starts from, which takes over more than files", async () => {
    const text = `FROM x AS base\nARG A\nRUN a\nFROM base\nCOPY --from=base /a /b\n`;

    expect(await cutOf(text)).to.deep.equal(["base: stage-1 starts from it"]);
  });

  it("leaves a stage that no context can stand for, and for nothing else", async () => {
    const run = "\nRUN a\n";

    expect(await cutOf(`FROM x${run}${user("0")}`)).to.deep.equal(["stage-0: it has no name"]);
    expect(await cutOf(`FROM x AS a${run}FROM y AS a${run}${user("a")}`)).to.deep.equal([
      "a: another stage has its name",
    ]);
    expect(
      await cutOf(`FROM go AS x${run}FROM scratch AS go\n${run}${user("go", "x")}`),
    ).to.include("go: x starts from an image of its name");
    expect(await cutOf(`FROM alpine AS alpine${run}${user("alpine")}`)).to.deep.equal([
      "alpine: alpine starts from an image of its name",
    ]);
    for (const name of ["context", "a___b", "a."]) {
      expect(await cutOf(`FROM x AS ${name}${run}${user(name)}`)).to.deep.equal([
        `${name}: its name cannot be that of a context`,
      ]);
    }
  });

  it("has nothing to say of a stage that a named context replaces", async () => {
    const namedContexts = new Map([
      parseNamedContext("tool", "docker-image://r.example/tool:1", testPlatform),
    ]);

    expect(await cutOf(`FROM x AS tool\nRUN a\n${user("tool")}`, { namedContexts })).to.deep.equal(
      [],
    );
  });
});
