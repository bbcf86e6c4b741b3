import { expect } from "chai";
import { carryOut } from "../../../src/build/carry-out.ts";
import { type CopyRequest, copyStep, readCopyRequest } from "../../../src/build/copy/request.ts";
import type { CopyInstruction } from "../../../src/dockerfile/instruction.ts";
import { errorFrom } from "../../support/error-from.ts";
import { StepYard } from "../../support/step-yard.ts";
import { file, listing, treeOf } from "../../support/tree.ts";

describe("build/copy/request", () => {
  let yard: StepYard;

  beforeEach(async () => {
    yard = await StepYard.open();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  const start = {
    config: { WorkingDir: "/srv/app", Env: ["name=app", "dir=x y"] },
    tree: treeOf({ "etc/passwd": file("app:x:1000:1001:::\n"), old: file("o") }),
  };

  function read(words: string): CopyRequest {
    const { instruction, scope } = yard.prepare(words, start);
    return readCopyRequest(instruction as CopyInstruction, scope);
  }

  const destinations: readonly [written: string, destination: string][] = [
    ["/x", "/x"],
    ["/x/", "/x/"],
    ["x", "/srv/app/x"],
    ["x/", "/srv/app/x/"],
    [".", "/srv/app/"],
    ["./", "/srv/app/"],
    ["..", "/srv"],
    ["../..", "/"],
    ["/", "/"],
    ["x/.", "/srv/app/x/"],
    ["$dir/", "/srv/app/x y/"],
  ];
  for (const [written, destination] of destinations) {
    it(`copies to ${destination} when the destination is ${written}`, () => {
      expect(read(`COPY a ${written}`).destination).to.equal(destination);
    });
  }

  it("expands sources and flags, and names them in the history", () => {
    const request = read("COPY --chown=$name --chmod=640 $dir b /x");

    expect(request).to.deep.include({
      sources: ["x y", "b"],
      chown: "app",
      createdBy: "COPY --chown=app --chmod=640 x y b /x # buildkit",
      isLinked: false,
    });
    expect(request.mode?.absolute).to.equal(0o640);
  });

  it("refuses a mode that is none", () => {
    expect(errorFrom(() => read("COPY --chmod=rwx a /x")).code).to.equal("DOCKERFILE_INVALID");
  });

  it("makes it of the stage's files, or of nothing for --link", async () => {
    for (const [words, seen] of [
      ["COPY --chown=app a /x", ["etc directory 755 0:0", "etc/passwd", "old"]],
      ["COPY --link a /x", []],
    ] as const) {
      const { instruction, scope } = yard.prepare(words, start);
      const request = readCopyRequest(instruction as CopyInstruction, scope);
      const owners: unknown[] = [];

      const step = copyStep({ instruction: instruction as CopyInstruction, request }, scope, {
        identify: () => Promise.resolve([]),
        copy: (target, { owner }) => {
          expect(listing(target).map((line) => line.replace(/ file .*/s, ""))).to.deep.equal(seen);
          owners.push(owner);
          target.setLeaf("new", file("n"));
        },
      });
      await carryOut(step, scope);

      const after = await scope.state.tree();
      expect([...after.root.children.keys()]).to.have.members(["etc", "old", "new"]);
      expect(owners).to.deep.equal([seen.length === 0 ? undefined : { uid: 1000, gid: 1001 }]);
      expect(scope.state.layers).to.have.lengthOf(1);
      expect(scope.state.history.at(-1)?.created_by).to.equal(request.createdBy);
    }
  });
});
