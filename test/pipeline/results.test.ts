import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { resultTexts } from "../../src/pipeline/results.ts";

const digest = digestOf("index");
const [amd64, arm64, base] = ["amd64", "arm64", "base"].map((text) => digestOf(text));
const destinations = ["r.example/team/app:1.2", "r.example/team/app:latest", "busybox:1"].map(
  parseReference,
);

describe("pipeline/results", () => {
  it("says of the first destination what it is called, and what it is", () => {
    const texts = resultTexts({ digest, destinations });

    expect(texts).to.include({
      "image-digest": digest,
      "image-url": "r.example/team/app:1.2",
      "image-ref": `r.example/team/app@${digest}`,
      "image-tag": "1.2",
      "base-image": "",
    });
  });

  it("lists the image once in each repository, and all images of an index", () => {
    const manifests = [amd64, arm64].filter((each) => each !== undefined);

    const { images } = resultTexts({ digest, destinations, manifests });

    expect(images.split(",")).to.deep.equal([
      `r.example/team/app@${digest}`,
      `r.example/team/app@${amd64}`,
      `r.example/team/app@${arm64}`,
      `docker.io/library/busybox@${digest}`,
      `docker.io/library/busybox@${amd64}`,
      `docker.io/library/busybox@${arm64}`,
    ]);
  });

  it("names the base image as a material", () => {
    const repository = parseReference("debian");

    const texts = resultTexts({
      digest,
      destinations,
      base: { repository, digest: base ?? digest },
    });

    expect(JSON.parse(texts["base-image"])).to.deep.equal({
      uri: "oci://docker.io/library/debian",
      digest: base,
    });
  });

  it("says nothing where nothing was pushed", () => {
    expect(Object.values(resultTexts(undefined)).join("")).to.equal("");
  });
});
