import { expect } from "chai";
import { stayingEntries } from "../../../src/rootfs/swap/staying.ts";

describe("rootfs/swap/staying", () => {
  it("tells what stays as a whole, and what because of something below", () => {
    const entries = stayingEntries([
      "proc",
      "etc/hosts",
      "proc/sys",
      "etc/resolv.conf",
      "a/b",
      "a",
    ]);

    expect(entries).to.deep.equal(
      new Map<string, unknown>([
        ["proc", "whole"],
        [
          "etc",
          new Map([
            ["hosts", "whole"],
            ["resolv.conf", "whole"],
          ]),
        ],
        ["a", "whole"],
      ]),
    );
  });
});
