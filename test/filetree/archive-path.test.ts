import { expect } from "chai";
import * as fc from "fast-check";
import { archivePath } from "../../src/filetree/archive-path.ts";
import { errorOf } from "../support/error-of.ts";

describe("filetree/archive-path", () => {
  const cases: [name: string, path: string][] = [
    ["usr/bin/sh", "usr/bin/sh"],
    ["./usr/bin/", "usr/bin"],
    ["/usr//bin/./sh", "usr/bin/sh"],
    ["./", ""],
    [".", ""],
    ["/", ""],
    ["", ""],
    ["a/../b", "b"],
    ["a/b/../..", ""],
    ["..a/.b./...", "..a/.b./..."],
  ];
  for (const [name, path] of cases) {
    it(`reads ${JSON.stringify(name)} as ${JSON.stringify(path)}`, () => {
      expect(archivePath(name)).to.equal(path);
    });
  }

  for (const name of ["..", "../etc/passwd", "/../x", "a/../../b", "./.."]) {
    it(`refuses ${JSON.stringify(name)}, which leads out of the root`, async () => {
      const error = await errorOf(() => archivePath(name));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.contain(JSON.stringify(name));
    });
  }

  it("never gives a path with an empty, . or .. part", () => {
    const part = fc.constantFrom("", ".", "..", "a", "b.", "...");
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        let path: string;
        try {
          path = archivePath(parts.join("/"));
        } catch {
          return;
        }
        const odd = path.split("/").filter((name) => ["", ".", ".."].includes(name));
        expect(path === "" || odd.length === 0).to.equal(true);
      }),
    );
  });
});
