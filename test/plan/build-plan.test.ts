import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { type BuildPlan, planBuild } from "../../src/plan/build-plan.ts";
import { parseNamedContext } from "../../src/plan/named-context.ts";
import { errorOf } from "../support/error-of.ts";

const linux = { os: "linux", architecture: "amd64" };

interface Asked {
  readonly target?: string;
  readonly contexts?: Readonly<Record<string, string>>;
  readonly args?: Readonly<Record<string, string>>;
}

function plan(text: string, { target, contexts = {}, args = {} }: Asked = {}): BuildPlan {
  const named = Object.entries(contexts).map(([name, value]) =>
    parseNamedContext(name, value, linux),
  );
  return planBuild(parseDockerfile(text, "Dockerfile"), {
    target,
    buildArgs: new Map(Object.entries(args)),
    buildPlatform: linux,
    targetPlatform: { os: "linux", architecture: "arm64" },
    namedContexts: new Map(named),
  });
}

const four = `
FROM busybox AS tools
FROM tools AS app
COPY --from=0 /a /a
FROM scratch AS unused
COPY --from=tools /b /b
FROM scratch
RUN --mount=type=bind,from=app true
`;

describe("plan/build-plan", () => {
  it("needs the stages that the target is built from or takes files from", () => {
    expect(plan(four).reachable).to.deep.equal([0, 1, 3]);
    expect(plan(four, { target: "unused" }).reachable).to.deep.equal([0, 2]);
    expect(plan(four, { target: "TOOLS" }).reachable).to.deep.equal([0]);
  });

  it("does not mind what only stages that are not needed name wrongly", () => {
    const text = "FROM a\nCOPY --from=b / /\nFROM c AS b";

    expect(plan(text, { target: "b" }).reachable).to.deep.equal([1]);
  });

  it("takes the last stage where no target is named", () => {
    expect(plan(four).target).to.equal(3);
  });

  it("calls stages by name, or by number", () => {
    expect(plan(four).stages.map(({ label }) => label)).to.deep.equal([
      "tools",
      "app",
      "unused",
      "stage-3",
    ]);
  });

  for (const [text, base] of [
    ["FROM scratch", { kind: "scratch" }],
    ["ARG V=1\nFROM app:$V", { kind: "image", name: "app:1" }],
    ["FROM --platform=$BUILDPLATFORM app-$TARGETARCH", { kind: "image", name: "app-arm64" }],
  ] as const) {
    it(`resolves ${JSON.stringify(text)}`, () => {
      expect(plan(text).stages[0]?.base).to.include(base);
    });
  }

  it("keeps the platform of a FROM", () => {
    const { stages } = plan("FROM --platform=$BUILDPLATFORM a\nFROM b");

    expect(stages.map(({ platform }) => platform)).to.deep.equal([linux, undefined]);
  });

  it("takes the nearest earlier stage of a name that is there twice", () => {
    const { stages } = plan("FROM a AS x\nFROM b AS x\nFROM x");

    expect(stages[2]?.base).to.deep.equal({ kind: "stage", index: 1 });
  });

  describe("with named contexts", () => {
    it("replaces a base image", () => {
      const { stages } = plan("FROM busybox:latest", { contexts: { busybox: "dir" } });

      expect(stages[0]?.base).to.include({ kind: "context", location: "dir" });
      expect(stages[0]?.isReplaced).to.equal(false);
    });

    it("replaces a stage, with its instructions and all that they need", () => {
      const text = "FROM scratch AS a\nFROM a AS b\nCOPY --from=a / /\nFROM b";

      const { stages, reachable } = plan(text, { contexts: { b: "docker-image://app" } });

      expect(stages[1]).to.deep.include({ isReplaced: true });
      expect(stages[1]?.base).to.include({ kind: "image", name: "b" });
      expect(stages[1]?.stage.instructions).to.deep.equal([]);
      expect(reachable).to.deep.equal([1, 2]);
    });

    it("does not build a replaced stage for those who only take files from it", () => {
      const text = "FROM scratch AS a\nFROM scratch\nCOPY --from=a / /\nCOPY --from=0 / /";

      expect(plan(text, { contexts: { a: "dir" } }).reachable).to.deep.equal([1]);
    });

    it("takes the one for the stage's platform", () => {
      const contexts = { a: "any", "a::linux/amd64": "build", "a::linux/arm64": "target" };

      const { stages } = plan("FROM --platform=$BUILDPLATFORM a\nFROM a", { contexts });

      expect(stages[0]?.base).to.include({ location: "build" });
      expect(stages[1]?.base).to.include({ location: "target" });
    });
  });

  for (const [text, asked, message] of [
    ["ARG A=1", {}, "dockerfile contains no stages to build"],
    ["FROM a AS tools", { target: "tool" }, 'target stage "tool" could not be found'],
    ["ARG V\nFROM $V", {}, "base name ($V) should not be blank"],
    ["FROM --platform=nowhere a", {}, "failed to parse platform nowhere"],
    ["FROM A", {}, 'failed to parse stage name "A"'],
    ["FROM a\nCOPY --from=0 / /", {}, "circular dependency detected on stage: stage-0"],
    ["FROM a\nCOPY --from=7 / /", {}, "invalid stage index 7"],
    [
      "FROM a AS x\nCOPY --from=b / /\nFROM c AS b\nFROM x",
      {},
      'cannot copy from stage "b", it needs to be defined before current stage "x"',
    ],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      const error = await errorOf(() => plan(text, asked));

      expect(error.code).to.equal("DOCKERFILE_INVALID");
      expect(error.message).to.include(message);
    });
  }
});
