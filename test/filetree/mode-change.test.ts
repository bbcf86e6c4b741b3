import { expect } from "chai";
import { parseModeChange } from "../../src/filetree/mode-change.ts";

describe("filetree/mode-change", () => {
  const changes: readonly [string, number, "file" | "directory", number][] = [
    ["0640", 0o777, "file", 0o640],
    ["4711", 0o600, "file", 0o4711],
    ["u+x", 0o644, "file", 0o744],
    ["+x", 0o600, "file", 0o711],
    ["a-w", 0o666, "file", 0o444],
    ["go=", 0o777, "file", 0o700],
    ["go=u-w", 0o600, "file", 0o644],
    ["u=rwX,go=rX", 0o600, "file", 0o644],
    ["u=rwX,go=rX", 0o600, "directory", 0o755],
    ["a+rX,u-w", 0o711, "file", 0o555],
    ["u+s,g+s", 0o755, "file", 0o6755],
    ["+t", 0o777, "directory", 0o1777],
    ["u=g", 0o640, "file", 0o440],
    ["o+w-r", 0o644, "file", 0o642],
  ];
  for (const [text, before, type, after] of changes) {
    it(`${text} makes ${before.toString(8)} of a ${type} ${after.toString(8)}`, () => {
      expect(parseModeChange(text).apply(before, type === "directory")).to.equal(after);
    });
  }

  it("knows the mode itself only where it is a number", () => {
    expect(parseModeChange("755").absolute).to.equal(0o755);
    expect(parseModeChange("u+x").absolute).to.equal(undefined);
  });

  for (const text of ["77777", "8", "rwx", "z+x", "u", "", "u+x,", "0o7"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseModeChange(text)).to.throw("invalid chmod parameter");
    });
  }
});
