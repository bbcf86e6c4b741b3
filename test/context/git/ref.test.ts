import { expect } from "chai";
import { chooseRef } from "../../../src/context/git/ref.ts";

const id = (digit: string): string => digit.repeat(40);

const listing = [
  `ref: refs/heads/main\tHEAD`,
  `${id("1")}\tHEAD`,
  `${id("1")}\trefs/heads/main`,
  `${id("2")}\trefs/heads/both`,
  `${id("3")}\trefs/tags/both`,
  `${id("4")}\trefs/tags/v1`,
  `${id("5")}\trefs/tags/v1^{}`,
  `${id("6")}\trefs/pull/7/head`,
  `${id("7")}\trefs/heads/refs/tags/odd`,
].join("\n");

describe("context/git/ref", () => {
  const cases: readonly [name: string, found: string, digit: string][] = [
    ["HEAD", "refs/heads/main", "1"],
    ["main", "refs/heads/main", "1"],
    ["both", "refs/heads/both", "2"],
    ["refs/tags/both", "refs/tags/both", "3"],
    ["tags/both", "refs/tags/both", "3"],
    ["v1", "refs/tags/v1", "4"],
    ["pull/7/head", "refs/pull/7/head", "6"],
  ];
  for (const [name, found, digit] of cases) {
    it(`takes ${name} for ${found}`, () => {
      expect(chooseRef(listing, name)).to.deep.equal({ name: found, id: id(digit) });
    });
  }

  for (const name of ["mai", "ain", "v1^{}x", "", "1111111"]) {
    it(`finds nothing by the name ${JSON.stringify(name)}`, () => {
      expect(chooseRef(listing, name)).to.equal(undefined);
    });
  }

  it("takes a HEAD that is no branch for itself", () => {
    expect(chooseRef(`${id("9")}\tHEAD`, "HEAD")).to.deep.equal({ name: "HEAD", id: id("9") });
  });

  it("finds nothing in what git does not print", () => {
    expect(chooseRef("warning: x\trefs/heads/main\n\n\t", "main")).to.equal(undefined);
  });
});
