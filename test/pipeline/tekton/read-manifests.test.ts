import { expect } from "chai";
import { readManifests } from "./read-manifests.ts";

describe("YAML as a cluster reads it", () => {
  it("takes bare words such as y and no for booleans, as keys too", () => {
    expect(read("[y, no, On, true]")).to.deep.equal([true, false, true, true]);
    expect(read("{no: 1}")).to.deep.equal({ false: 1 });
  });

  it("reads numbers to the base of eight, and fractions", () => {
    expect(read("[0644, 0x10, .5, 1., 1e3]")).to.deep.equal([420, 16, 0.5, 1, 1000]);
  });

  it("leaves a dot, times and dates as texts", () => {
    expect(read("[., ./, 1:20, 2001-12-14]")).to.deep.equal([".", "./", "1:20", "2001-12-14"]);
  });

  it("reads all documents of a file, but for empty ones", () => {
    expect(readManifests("kind: A\n---\n---\nkind: B\n")).to.have.length(2);
    expect(readManifests("")).to.deep.equal([]);
  });

  it("throws at what is no YAML", () => {
    expect(() => readManifests("a: [")).to.throw(/Flow sequence/);
  });

  it("refuses template braces without quotes, which are a map as a key", () => {
    expect(() => readManifests("image: {{image}}")).to.throw("invalid map key");
  });
});

function read(text: string): unknown {
  return readManifests(`{kind: X, spec: ${text}}`)[0]?.spec;
}
