import { expect } from "chai";
import { type StageStart, StageState } from "../../src/build/stage-state.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { defaultPath } from "../../src/image/environment.ts";
import type { PlannedStage } from "../../src/plan/planned-stage.ts";
import { file, listing, treeOf } from "../support/tree.ts";

const location = { file: "Dockerfile", firstLine: 1, lastLine: 1 };

function stateOf(start: Partial<StageStart> = {}): StageState {
  const planned = { index: 0, label: "app", stage: { location } } as PlannedStage;
  return new StageState(planned, {
    platform: { os: "linux", architecture: "amd64" },
    author: undefined,
    created: undefined,
    config: {},
    history: [],
    layers: [],
    image: undefined,
    identity: { definition: undefined, content: undefined },
    loadTree: () => Promise.resolve(new FileTree()),
    ...start,
  });
}

describe("build/stage-state", () => {
  it("adds PATH where the base sets none", () => {
    const without = stateOf({ config: { Env: ["A=1"] } });
    const withPath = stateOf({ config: { Env: ["PATH=/bin", "A=b=c", "EMPTY"] } });

    expect(without.config.Env).to.deep.equal(["A=1", `PATH=${defaultPath}`]);
    expect([...withPath.environment]).to.deep.equal([
      ["PATH", "/bin"],
      ["A", "b=c"],
      ["EMPTY", ""],
    ]);
  });

  for (const [directory, absolute] of [
    [undefined, "/"],
    ["", "/"],
    ["/w", "/w"],
    ["w", "/w"],
  ] as const) {
    it(`works in ${absolute} where the base says ${JSON.stringify(directory)}`, () => {
      const config = directory === undefined ? {} : { WorkingDir: directory };

      expect(stateOf({ config }).workingDirectory).to.equal(absolute);
    });
  }

  it("has a shell unless the base names another", () => {
    expect(stateOf().shell).to.deep.equal(["/bin/sh", "-c"]);
    expect(stateOf({ config: { Shell: ["sh"] } }).shell).to.deep.equal(["sh"]);
  });

  it("loads its files once, when they are needed", async () => {
    let loaded = 0;
    const state = stateOf({
      loadTree: () => {
        loaded += 1;
        return Promise.resolve(new FileTree());
      },
    });

    const before = loaded;
    await Promise.all([state.tree(), state.tree()]);

    expect([before, loaded]).to.deep.equal([0, 1]);
  });

  it("gives stages that are built from it files and lists of their own", async () => {
    const base = stateOf({ history: [{ created_by: "base" }] });
    base.setTree(treeOf({ a: file("a") }));

    const derived = stateOf(base.toStart());
    derived.history.push({ created_by: "more" });
    const tree = await derived.tree();
    tree.setLeaf("b", file("b"));

    expect(base.history).to.have.lengthOf(1);
    expect(listing(await base.tree())).to.deep.equal(["a file 644 0:0 a"]);
  });
});
