import { expect } from "chai";
import { matchHistory, type StageSoFar } from "../../src/cache/history-match.ts";
import type { ContainerConfig, HistoryEntry, ImageConfig } from "../../src/image/config.ts";
import { digestOf } from "../../src/image/digest.ts";

const [base, copied, made, last] = ["base", "copied", "made", "last"].map(digestOf) as [
  ReturnType<typeof digestOf>,
  ReturnType<typeof digestOf>,
  ReturnType<typeof digestOf>,
  ReturnType<typeof digestOf>,
];

function entry(createdBy: string, isEmpty = false): HistoryEntry {
  return {
    created: `time of ${createdBy}`,
    created_by: createdBy,
    ...(isEmpty ? { empty_layer: true } : {}),
  };
}

const config: ContainerConfig = { Env: ["PATH=/bin", "A=1"], WorkingDir: "/w" };
const before = [entry("base"), entry("ENV A=1", true), entry("COPY a /")];
const image = {
  os: "linux",
  architecture: "arm64",
  variant: "v8",
  config,
  history: [...before, entry("RUN make"), entry("RUN last")],
  rootfs: { type: "layers", diff_ids: [base, copied, made, last] },
} satisfies ImageConfig;
const stage: StageSoFar = {
  platform: { os: "linux", architecture: "arm64", variant: "v8" },
  config,
  history: before.map((each) => ({ ...each, created: "another time", comment: "c" })),
  diffIds: [base, copied],
};

function match(
  ofImage: Partial<ImageConfig> = {},
  ofStage: Partial<StageSoFar> = {},
  step = "RUN make",
): unknown {
  return matchHistory({ ...image, ...ofImage }, { ...stage, ...ofStage }, step);
}

const found = { layer: 2, diffId: made, created: "time of RUN make" };

describe("cache/history-match", () => {
  it("finds the layer that comes next, by whoever and whenever the image was made", () => {
    expect(match()).to.deep.equal(found);
  });

  it("does not mind a base whose history says less than it has layers", () => {
    const silent = { history: before.slice(1) };

    expect(match({ history: image.history.slice(1) }, silent)).to.deep.equal(found);
  });

  const others: readonly (readonly [
    string,
    Partial<ImageConfig>,
    Partial<StageSoFar>?,
    string?,
  ])[] = [
    ["another step comes next", {}, {}, "RUN other"],
    ["the image ends here", {}, { history: image.history, diffIds: image.rootfs.diff_ids }],
    ["a layer is another one", {}, { diffIds: [base, made] }],
    ["the image has no history", { history: [] }],
    [
      "an earlier step was another one",
      {},
      { history: [entry("base"), entry("ENV A=2", true), entry("COPY a /")] },
    ],
    [
      "an earlier step had a layer",
      {},
      { history: [entry("base"), entry("ENV A=1"), entry("COPY a /")] },
    ],
    ["the step has no layer", { history: [...before, entry("RUN make", true), entry("RUN last")] }],
    ["the history does not account for the layers", { history: [...before, entry("RUN make")] }],
    ["the platform is another one", { architecture: "amd64" }],
    ["the variant is another one", { variant: "v7" }],
    ["the base had another variable", { config: { ...config, Env: ["PATH=/bin", "A=2"] } }],
    ["the base had a variable more", { config: { ...config, Env: ["PATH=/bin", "A=1", "B=1"] } }],
    ["the base had a variable less", { config: { ...config, Env: ["A=1"] } }],
    ["the base had another user", { config: { ...config, User: "app" } }],
    ["the base had another directory", { config: { ...config, WorkingDir: "/" } }],
    ["the base had another shell", { config: { ...config, Shell: ["/bin/ash", "-c"] } }],
  ];
  for (const [what, ofImage, ofStage, step] of others) {
    it(`finds nothing where ${what}`, () => {
      expect(match(ofImage, ofStage, step)).to.equal(undefined);
    });
  }

  it("allows for what later steps of the image have set", () => {
    const later = ["ENV A=2 B=3", "USER app", "WORKDIR /x", "SHELL [/bin/ash]"];

    const history = [...image.history, ...later.map((text) => entry(text, true))];
    const changed = {
      Env: ["PATH=/bin", "A=2", "B=3"],
      User: "app",
      WorkingDir: "/x",
      Shell: ["/bin/ash"],
    };

    expect(match({ history, config: changed })).to.deep.equal(found);
  });
});
