import { expect } from "chai";
import { type ImageUnit, type IndexUnit, unitsOfImages } from "../../src/fanout/image-units.ts";
import { findUnit } from "../../src/fanout/unit.ts";
import { formatReference } from "../../src/image/reference.ts";
import { readBuildFile } from "../support/build-file.ts";
import { errorOf } from "../support/error-of.ts";

const text = `
images:
  base:
    destinations: [r.example/base:1, s.example/base:1]
    platforms: [linux/amd64, linux/arm/v7]
  api:
    destinations: [r.example/api:1]
    platforms: [linux/arm/v7, linux/amd64]
    contexts: {base: image:base, data: data, lone: image:lone}
  lone:
    destinations: [r.example/lone:1, s.example/lone:1]
    platforms: [linux/arm64]
  after:
    destinations: [r.example/after:1]
    dependsOn: [base, lone]
`;

const units = unitsOfImages(readBuildFile(text));

function summary(id: string): object {
  const { platform, needs, destinations } = findUnit(units, id);
  return { platform, needs, destinations: destinations.map(formatReference) };
}

describe("fanout/image-units", () => {
  it("has a unit for each platform of several, and one that joins them", () => {
    expect(units.map(({ id, kind }) => `${kind} ${id}`)).to.deep.equal([
      "build base:linux/amd64",
      "build base:linux/arm/v7",
      "index base:index",
      "build api:linux/arm/v7",
      "build api:linux/amd64",
      "index api:index",
      "build lone",
      "build after",
    ]);
    expect(units.every(({ id }) => JSON.stringify(id) === `"${id}"`)).to.equal(true);
  });

  it("pushes an image for one of several platforms under a name of its own", () => {
    expect(summary("base:linux/arm/v7")).to.deep.equal({
      platform: "linux/arm/v7",
      needs: [],
      destinations: ["r.example/base:1-linux-arm-v7"],
    });
  });

  it("joins them under the names that the file gives", () => {
    const index = findUnit(units, "base:index") as IndexUnit;

    expect(index.needs).to.deep.equal(["base:linux/amd64", "base:linux/arm/v7"]);
    expect(index.destinations.map(formatReference)).to.deep.equal([
      "r.example/base:1",
      "s.example/base:1",
    ]);
    expect(index.manifests.map(formatReference)).to.deep.equal([
      "r.example/base:1-linux-amd64",
      "r.example/base:1-linux-arm-v7",
    ]);
  });

  it("takes other images as they are for its platform, without waiting for the index", () => {
    const api = findUnit(units, "api:linux/amd64") as ImageUnit;

    expect(api.needs).to.deep.equal(["base:linux/amd64", "lone"]);
    expect(Object.fromEntries(api.contexts)).to.deep.equal({
      base: "docker-image://r.example/base:1-linux-amd64",
      data: "/src/data",
      lone: "docker-image://r.example/lone:1",
    });
  });

  it("leaves the name of an image for a single platform as it is", () => {
    expect(summary("lone")).to.deep.equal({
      platform: "linux/arm64",
      needs: [],
      destinations: ["r.example/lone:1", "s.example/lone:1"],
    });
  });

  it("waits for all of an image where only its name is said", () => {
    expect(summary("after")).to.deep.include({ needs: ["base:index", "lone"] });
  });

  for (const platforms of ["[]", "[linux/amd64, linux/s390x]"]) {
    it(`does not guess the platform of an image for ${platforms}`, async () => {
      const more = `  web: {destinations: [r.example/web], contexts: {base: image:base}, platforms: ${platforms}}\n`;

      const error = await errorOf(() => unitsOfImages(readBuildFile(text + more)));

      expect(error.code).to.equal("BUILD_FILE_INVALID");
      expect(error.message).to.include("linux/amd64, linux/arm/v7");
      expect(error.location?.firstLine).to.equal(16);
    });
  }
});
