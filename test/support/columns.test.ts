import { expect } from "chai";
import { columns, printable } from "../../src/support/columns.ts";

describe("support/columns", () => {
  it("puts cells below each other, without blanks at the ends", () => {
    expect(
      columns([
        ["a", "long", "x"],
        ["bcd", "e", ""],
      ]),
    ).to.deep.equal(["a    long  x", "bcd  e"]);
    expect(columns([])).to.deep.equal([]);
  });

  it("shows what would steer a terminal", () => {
    expect(printable("a\u001b[31m\n\u202eb ü")).to.equal(String.raw`a\u{1b}[31m\u{a}\u{202e}b ü`);
  });
});
