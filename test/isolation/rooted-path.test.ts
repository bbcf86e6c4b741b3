import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import * as fc from "fast-check";
import { resolveInRoot } from "../../src/isolation/rooted-path.ts";
import { errorOf } from "../support/error-of.ts";

describe("isolation/rooted-path", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(path.join(tmpdir(), "slipway-test-"));
    mkdirSync(path.join(root, "a/b"), { recursive: true });
    writeFileSync(path.join(root, "file"), "");
    symlinkSync("/a/b", path.join(root, "absolute"));
    symlinkSync("../../../../etc", path.join(root, "a/up"));
    symlinkSync("b/../../absolute/x", path.join(root, "a/long"));
    symlinkSync("loop", path.join(root, "loop"));
    symlinkSync("missing/deeper", path.join(root, "dangling"));
  });
  after(() => rmSync(root, { recursive: true }));

  for (const [target, resolved] of [
    ["/", "/"],
    ["/a/./b/", "/a/b"],
    ["a/b", "/a/b"],
    ["/absolute/c", "/a/b/c"],
    ["/a/up/passwd", "/etc/passwd"],
    ["/a/long", "/a/b/x"],
    ["/../../..", "/"],
    ["/missing/../a", "/a"],
    ["/dangling", "/missing/deeper"],
    ["/file/below", "/file/below"],
  ] as const) {
    it(`resolves ${target} to ${resolved}`, () => {
      expect(resolveInRoot(root, target)).to.equal(resolved);
    });
  }

  it("refuses links that lead nowhere", async () => {
    expect(await errorOf(() => resolveInRoot(root, "/loop/x"))).to.include({
      code: "FILESYSTEM_FAILED",
      message: "too many links on the way to /loop/x",
    });
  });

  it("never leads out of the root, and finds the end of every way", () => {
    const names = fc.constantFrom("a", "b", "absolute", "up", "long", "dangling", "..", ".", "");
    fc.assert(
      fc.property(fc.array(names, { maxLength: 12 }), (parts) => {
        const resolved = resolveInRoot(root, parts.join("/"));

        expect(path.normalize(resolved)).to.equal(resolved);
        expect(resolveInRoot(root, resolved)).to.equal(resolved);
      }),
    );
  });
});
