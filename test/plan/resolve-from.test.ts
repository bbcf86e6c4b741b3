import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { type BuildPlan, planBuild } from "../../src/plan/build-plan.ts";
import { parseNamedContext } from "../../src/plan/named-context.ts";
import { type FileSource, resolveFrom, stagesUsedBy } from "../../src/plan/resolve-from.ts";
import { errorOf } from "../support/error-of.ts";

const linux = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };
const location = { file: "Dockerfile", firstLine: 9, lastLine: 9 };

const text = `
FROM scratch AS tools
FROM --platform=linux/arm64 scratch AS files
FROM scratch AS user
RUN --mount=type=bind,from=tools,target=/t --mount="type=cache,target=/c,FROM=busybox" true
FROM scratch AS later
`;

function planWith(contexts: Readonly<Record<string, string>> = {}): BuildPlan {
  const named = Object.entries(contexts).map(([name, value]) =>
    parseNamedContext(name, value, linux),
  );
  return planBuild(parseDockerfile(text, "Dockerfile"), {
    target: "user",
    buildArgs: new Map(),
    buildPlatform: linux,
    targetPlatform: linux,
    namedContexts: new Map(named),
  });
}

/** What `from` is in the stage `user`. */
function resolve(from: string, contexts?: Readonly<Record<string, string>>): FileSource {
  return resolveFrom(from, { index: 2, location }, planWith(contexts));
}

describe("plan/resolve-from", () => {
  for (const [from, index] of [
    ["tools", 0],
    ["TOOLS", 0],
    ["1", 1],
    ["01", 1],
  ] as const) {
    it(`finds the stage ${from}`, () => {
      expect(resolve(from)).to.deep.equal({ kind: "stage", index });
    });
  }

  it("takes what is no stage for an image of the target platform", () => {
    const found = resolve("busybox");

    expect(found).to.deep.include({ kind: "named", platform: undefined });
    expect(found).to.have.nested.property("source.reference.path", "library/busybox");
  });

  it("takes a context before an image", () => {
    const found = resolve("busybox:latest", { busybox: "dir" });

    expect(found).to.have.nested.property("source.location", "dir");
  });

  for (const from of ["files", "1"]) {
    it(`takes the context that replaces the stage ${from}, for the stage's platform`, () => {
      expect(resolve(from, { files: "dir" })).to.deep.equal({
        kind: "named",
        source: { kind: "context", name: "files", location: "dir" },
        platform: arm64,
      });
    });
  }

  for (const [from, message] of [
    ["later", 'cannot copy from stage "later", it needs to be defined before'],
    ["3", 'cannot copy from stage "3", it needs to be defined before'],
    ["4", "invalid stage index 4"],
    ["$STAGE", "variable expansion is not supported for --from"],
    ["Busybox", 'failed to parse stage name "Busybox"'],
  ] as const) {
    it(`refuses ${from}`, async () => {
      const error = await errorOf(() => resolve(from));

      expect(error.code).to.equal("DOCKERFILE_INVALID");
      expect(error.message).to.include(message);
      expect(error.location).to.equal(location);
    });
  }

  it("knows the stages that mounts name", () => {
    const plan = planWith();
    const instructions = plan.stages[2]?.stage.instructions ?? [];

    const used = instructions.flatMap((instruction) => stagesUsedBy(instruction, 2, plan));

    expect(used).to.deep.equal([0]);
  });
});
