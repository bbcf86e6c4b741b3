import { expect } from "chai";
import { resolvePath } from "../../src/filetree/resolve.ts";
import { errorOf } from "../support/error-of.ts";
import { file, link, treeOf } from "../support/tree.ts";

const tree = treeOf({
  "usr/bin/sh": file("sh"),
  bin: link("usr/bin"),
  "opt/abs": link("/usr/bin/sh"),
  "opt/up": link("../../../../bin"),
  loop: link("loop"),
  dangling: link("no/where"),
});

describe("filetree/resolve", () => {
  const cases: [path: string, resolved: string][] = [
    ["bin/sh", "usr/bin/sh"],
    ["/bin/../bin/./sh", "usr/bin/sh"],
    ["opt/abs", "usr/bin/sh"],
    ["opt/up/sh", "usr/bin/sh"],
    ["../../etc", "etc"],
    ["dangling", "no/where"],
    ["dangling/x", "no/where/x"],
    ["bin", "usr/bin"],
    ["/", ""],
    ["", ""],
  ];
  for (const [path, resolved] of cases) {
    it(`leads ${JSON.stringify(path)} to ${JSON.stringify(resolved)}`, () => {
      const result = resolvePath(tree, path);

      expect(result.path).to.equal(resolved);
      expect(result.node).to.equal(tree.get(resolved));
    });
  }

  it("leaves a link at the end alone when asked to", () => {
    expect(resolvePath(tree, "bin", { followLast: false }).path).to.equal("bin");
    expect(resolvePath(tree, "bin/sh", { followLast: false }).path).to.equal("usr/bin/sh");
  });

  it("gives up on links that lead in a circle", async () => {
    const error = await errorOf(() => resolvePath(tree, "loop/x"));

    expect(error.code).to.equal("CONTEXT_UNREADABLE");
    expect(error.message).to.contain("loop/x");
  });
});
