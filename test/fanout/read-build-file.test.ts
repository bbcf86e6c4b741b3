import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { unitsOfImages } from "../../src/fanout/image-units.ts";
import { formatReference } from "../../src/image/reference.ts";
import { readBuildFile } from "../support/build-file.ts";
import { errorOf } from "../support/error-of.ts";

const everything = `
defaults:
  context: services
  dockerfile: ../Dockerfile
  args: {A: "1", B: "1"}
  labels: {team: a}
  platforms: [linux/amd64]
images:
  base:
    destinations: ["r.example/base"]
  api:
    context: api
    dockerfile: build/Dockerfile
    target: app
    destinations: ["r.example/api:\${TAG}", "s.example/api:2"]
    args: {B: "2", C: ""}
    labels: {version: "\${TAG}"}
    platforms: [linux/x86_64, linux/arm64/v8]
    contexts:
      base: image:base
      data: data
      tools: docker-image://r.example/tools:1
      sources: https://r.example/sources.git
      layout: oci-layout://layouts/base:1
    dependsOn: [base]
`;

const image = (lines: string): string =>
  `images:\n  a:\n    destinations: [r.example/a]\n${lines.replaceAll(/^/gm, "    ")}\n`;

describe("fanout/read-build-file", () => {
  it("reads an image with everything", () => {
    const api = readBuildFile(everything, { TAG: "1.10" }).get("api");

    expect(api).to.deep.include({
      name: "api",
      context: "/src/api",
      dockerfile: "/src/api/build/Dockerfile",
      target: "app",
      platforms: ["linux/amd64", "linux/arm64"],
    });
    expect(api?.destinations.map(formatReference)).to.deep.equal([
      "r.example/api:1.10",
      "s.example/api:2",
    ]);
    expect([...(api?.args ?? [])]).to.deep.equal([
      ["A", "1"],
      ["B", "2"],
      ["C", ""],
    ]);
    expect([...(api?.labels ?? [])]).to.deep.equal([
      ["team", "a"],
      ["version", "1.10"],
    ]);
    const contexts = [...(api?.contexts ?? [])].map(([name, value]) =>
      value.kind === "image" ? [name, `image ${value.image.name}`] : [name, value.value],
    );
    expect(contexts).to.deep.equal([
      ["base", "image base"],
      ["data", "/src/data"],
      ["tools", "docker-image://r.example/tools:1"],
      ["sources", "https://r.example/sources.git"],
      ["layout", "oci-layout:///src/layouts/base:1"],
    ]);
    expect(api?.dependsOn.map(({ name }) => name)).to.deep.equal(["base"]);
  });

  it("reads the example of the documents", async () => {
    const document = await readFile("docs/fan-out.md", "utf8");
    const [, example = ""] = /```yaml\n(.*?)```/s.exec(document) ?? [];
    const images = readBuildFile(example, { REGISTRY: "r.example" });

    expect(unitsOfImages(images).map(({ id }) => id)).to.include("api:linux/arm64");
  });

  it("fills in the defaults, and those of the file's own", () => {
    const bare = readBuildFile("images: {a: {destinations: [r.example/a]}}").get("a");

    expect(readBuildFile(everything, { TAG: "1" }).get("base")).to.deep.include({
      context: "/src/services",
      dockerfile: "/src/Dockerfile",
      platforms: ["linux/amd64"],
    });
    expect(bare).to.deep.include({
      context: "/src",
      dockerfile: "/src/Dockerfile",
      target: undefined,
      platforms: [],
    });
  });

  for (const [what, text, line, message] of [
    ["an unknown part", "images:\n  a: {}\nimage: {}\n", 3, "image is not known"],
    ["an unknown member", image("labls: {}"), 4, "images.a.labls is not known"],
    ["an unknown default", "defaults:\n  target: x\nimages: {}\n", 2, "defaults.target"],
    ["no image", "images: {}\n", 1, "has no images"],
    ["an image without a destination", "images:\n  a:\n    context: x\n", 2, "no destination"],
    ["a name that is none", "images:\n  a:b: {}\n", 2, "a:b is no name"],
    ["a destination that is none", "images:\n  a:\n    destinations: [A:b:c]\n", 3, "A:b:c"],
    [
      "a destination with a digest",
      `images:\n  a:\n    destinations: [a@sha256:${"0".repeat(64)}]\n`,
      3,
      "has a digest",
    ],
    ["a list that is none", image("platforms: linux/amd64"), 4, "has to be a list"],
    ["a platform that is none", image("platforms: [linux/amd64/v1/x]"), 4, "is not a platform"],
    ["half a platform", image("platforms: [arm64]"), 4, "is no platform"],
    ["a platform twice", image("platforms: [linux/arm64, linux/aarch64]"), 4, "linux/arm64 again"],
    ["args that are none", image("args:\n  - A=1"), 4, "has to be a mapping"],
    ["an argument that is none", image("args:\n  A: [1]"), 5, "images.a.args.A has to be a text"],
    ["a name with =", image("args:\n  A=B: x"), 5, "has a ="],
    ["a context of no name", image("contexts:\n  A B: ."), 5, "A B"],
    ["a context that is none", image("contexts:\n  x: docker-image://A:b:c"), 5, "A:b:c"],
    ["an image that is not there", image("contexts:\n  x: image:b"), 5, "needs the image b"],
    ["an image that waits for itself", image("dependsOn: [a]"), 4, "a -> a"],
    ["a variable without a value", image("target: ${T}"), 4, "needs the variable T"],
  ] as const) {
    it(`says where there is ${what}`, async () => {
      const error = await errorOf(() => readBuildFile(text));

      expect(error.code).to.equal("BUILD_FILE_INVALID");
      expect(error.message).to.include(message);
      expect(error.location).to.deep.equal({
        file: "slipway.yaml",
        firstLine: line,
        lastLine: line,
      });
    });
  }

  it("shows the whole circle of images that need each other", async () => {
    const text = [
      "images:",
      "  start: {destinations: [r.example/s], dependsOn: [a]}",
      "  a: {destinations: [r.example/a], contexts: {b: image:b}}",
      "  b: {destinations: [r.example/b], dependsOn: [a]}",
    ].join("\n");

    const error = await errorOf(() => readBuildFile(text));

    expect(error.message).to.equal("images need each other in a circle: a -> b -> a");
    expect(error.location?.firstLine).to.equal(4);
  });

  it("does not take two images of one name", async () => {
    const text =
      "images:\n  a: {destinations: [r.example/x]}\n  b: {destinations: [r.example/x:latest]}\n";

    const error = await errorOf(() => readBuildFile(text));

    expect(error.message).to.equal("a and b are both pushed to r.example/x:latest");
    expect(error.location?.firstLine).to.equal(3);
  });
});
