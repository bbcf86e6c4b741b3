import { expect } from "chai";
import { enter } from "../../../src/isolation/namespace/privileges.ts";

describe("isolation/namespace/privileges", () => {
  for (const [root, processes, options] of [
    ["real", "own", ["--pid", "--mount-proc"]],
    ["real", "shared", []],
    ["mapped", "shared", ["--user", "--keep-caps"]],
    ["subordinate", "own", ["--user", "--map-root-user", "--map-auto", "--pid", "--mount-proc"]],
    ["single", "shared", ["--user", "--map-root-user"]],
  ] as const) {
    it(`enters namespaces of ${root} root and ${processes} processes with as little as possible`, () => {
      const common = ["--mount", "--propagation", "private", "--fork", "--kill-child"];

      expect(enter({ root, processes })).to.deep.equal(["unshare", ...common, ...options, "--"]);
    });
  }
});
