import { expect } from "chai";
import { YamlValue } from "../../src/fanout/yaml-value.ts";
import { errorOf } from "../support/error-of.ts";

function at(text: string, ...names: readonly string[]): YamlValue {
  let value = YamlValue.parse(text, "slipway.yaml");
  for (const name of names) {
    const inner = value.mapping().get(name);
    if (inner === undefined) throw new TypeError(`there is no ${name}`);
    value = inner;
  }
  return value;
}

async function lineOfError(work: () => unknown): Promise<string> {
  const { code, location } = await errorOf(work);
  return `${code} ${location?.file}:${location?.firstLine}`;
}

describe("fanout/yaml-value", () => {
  it("takes scalars for texts, as they are written", () => {
    const value = at("a: [1.10, no, null, 0x1F, '', 2001-01-01]", "a");

    expect(value.list().map((item) => item.text())).to.deep.equal([
      "1.10",
      "no",
      "null",
      "0x1F",
      "",
      "2001-01-01",
    ]);
  });

  it("knows the path and the line of what it holds", () => {
    const value = at("a:\n  b:\n    - x\n    - y\n", "a", "b");

    expect([value.path, value.location.firstLine]).to.deep.equal(["a.b", 2]);
    const last = value.list().at(-1);
    expect([last?.path, last?.location.firstLine]).to.deep.equal(["a.b[1]", 4]);
  });

  it("follows anchors", () => {
    expect(at("a: &x {k: v}\nb: *x\n", "b", "k").text()).to.equal("v");
  });

  for (const [what, text, line] of [
    ["bad syntax", "a: 1\nb: [\n", 3],
    ["a name that is there twice", "a: 1\na: 2\n", 2],
    ["several documents", "a: 1\n---\nb: 1\n", 2],
    ["a tag", "a: 1\nb: !!binary aGk=\n", 2],
    ["an anchor that is not there", "a: 1\nb: *x\n", 2],
  ] as const) {
    it(`says where there is ${what}`, async () => {
      const found = await lineOfError(() => at(text, "b").text());

      expect(found).to.equal(`BUILD_FILE_INVALID slipway.yaml:${line}`);
    });
  }

  it("says where another kind of value is wanted", async () => {
    const text = "a:\n  - 1\nb: {}\nc: x\n";

    expect(await lineOfError(() => at(text, "a").text())).to.match(/:1$/);
    expect(await lineOfError(() => at(text, "b").list())).to.match(/:3$/);
    expect(await lineOfError(() => at(text, "c").mapping())).to.match(/:4$/);
    expect(await lineOfError(() => at("").mapping())).to.match(/:1$/);
    expect(await lineOfError(() => at("x:\n  ? [a]\n  : b\n", "x").mapping())).to.match(/:2$/);
  });
});
