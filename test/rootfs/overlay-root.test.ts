import { expect } from "chai";
import { inNamespace, permitsNamespaces } from "../support/namespace.ts";

const scenarios = new URL("overlay-root.scenarios.ts", import.meta.url).href;

describe("rootfs/overlay-root", function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await permitsNamespaces())) this.skip();
  });

  const run = <Result>(name: string): Promise<Result> => inNamespace<Result>(scenarios, name);
  const seconds = 1_577_934_245;

  it("brings a tree to disk with all that a layer says about files", async () => {
    expect(await run("materialises")).to.deep.equal({
      d: ["41777", 0, 0, seconds],
      file: [["100640", 33, 34, seconds], "text"],
      empty: 0,
      link: "../nowhere",
      hard: [["104755", 0, 0, seconds], true],
      odd: "odd name",
      fifo: ["10620", 1, 2, seconds],
      capable: "0100000200040000000000000000000000000000",
    });
  });

  it("keeps the tree when nothing was changed", async () => {
    expect(await run("nothing")).to.equal(true);
  });

  it("finds what was added, changed, replaced and deleted", async () => {
    expect(await run("changes")).to.deep.equal([
      "d directory 755 0:0",
      "d/gone gone",
      'd/moded file 600 0:0 "moded"',
      'd/written file 644 0:0 "rewritten"',
      'new file 644 7:8 "new"',
      "to-directory directory 700 0:0",
      "to-link symlink 777 0:0 elsewhere",
      "to-link/x gone",
      "tree directory 755 0:0",
      "tree/a gone",
      'tree/b file 644 0:0 "new b"',
    ]);
  });

  it("finds hard links, also to files that are as before", async () => {
    expect(await run("hardLinks")).to.deep.equal({
      unchanged: true,
      linkedToOld: true,
      linkedToNew: true,
    });
  });

  it("compares bytes when a time was set back", async () => {
    expect(await run("sameTime")).to.deep.equal(['changed file 644 0:0 "two"']);
  });

  it("keeps devices that cannot be on disk until their directory goes", async () => {
    expect(await run("missingDevice")).to.deep.equal([
      "dev directory 755 0:0",
      'dev/file file 644 0:0 ""',
      "gone gone",
    ]);
  });

  it("drops sockets", async () => {
    expect(await run("sockets")).to.deep.equal(["s gone"]);
  });

  it("brings the directory to the next tree", async () => {
    expect(await run("updates")).to.deep.equal({ seen: ["copied", "d", "made"], changed: [] });
  });

  it("drops what was done by a command that throws", async () => {
    expect(await run("failing")).to.deep.equal({ message: "enough", left: ["a"] });
  });

  it("gives a fork the same files, which outlive the root it came from", async () => {
    expect(await run("forks")).to.deep.equal({ result: ["a", "shared"], readable: true, left: [] });
  });

  it("goes on when there are more changes than an overlay can have layers", async () => {
    expect(await run("longChain")).to.deep.equal([["step"], "149"]);
  });

  it("leaves neither files nor mounts behind", async () => {
    expect(await run("disposal")).to.deep.equal({ left: [], mounted: false });
  });
});
