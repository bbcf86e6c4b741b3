import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { referrerIn, referrersTag, withReferrer } from "../../src/image/referrers.ts";
import { documentOf } from "../support/registry-client.ts";

const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf("image"), size: 5 };
const config = { mediaType: "application/vnd.example", digest: digestOf("{}"), size: 2 };

function referrerOf(members: object, mediaType: string = mediaTypes.ociManifest) {
  const { bytes, descriptor } = documentOf(mediaType, { schemaVersion: 2, ...members });
  return referrerIn(descriptor, bytes);
}

describe("image/referrers", () => {
  it("lists a manifest by its own type and with its annotations", () => {
    const members = { subject, config, artifactType: "text/sbom", annotations: { a: "b" } };

    const referrer = referrerOf(members);

    const { descriptor } = documentOf(mediaTypes.ociManifest, { schemaVersion: 2, ...members });
    expect(referrer).to.deep.equal({
      subject: subject.digest,
      entry: { ...descriptor, artifactType: "text/sbom", annotations: { a: "b" } },
    });
  });

  for (const artifactType of [undefined, ""]) {
    it(`takes the type of the configuration where a manifest says ${JSON.stringify(artifactType)}`, () => {
      expect(referrerOf({ subject, config, artifactType })?.entry.artifactType).to.equal(
        config.mediaType,
      );
    });
  }

  it("leaves the type of an index away that says none", () => {
    const referrer = referrerOf({ subject, manifests: [] }, mediaTypes.ociIndex);

    expect(referrer?.entry).not.to.have.property("artifactType");
  });

  it("passes over what refers to nothing, or in a way that is not known", () => {
    expect(referrerOf({ config })).to.equal(undefined);
    expect(referrerOf({ config, subject: null })).to.equal(undefined);
    expect(referrerOf({ config, subject: { ...subject, digest: "odd:1" } })).to.equal(undefined);
  });

  it("names the tag after the digest, as far as tags go", () => {
    const hex = "ab".repeat(64);

    expect(referrersTag(subject.digest)).to.equal(subject.digest.replace(":", "-"));
    expect(referrersTag(`sha512:${hex}` as typeof subject.digest)).to.equal(
      `sha512-${hex.slice(0, 64)}`,
    );
  });

  it("adds to a list what it does not have, and keeps all that it has", () => {
    const referrer = referrerOf({ subject, config });
    if (referrer === undefined) throw new Error("it refers to something");
    const present = { ...config, odd: true };
    const list = JSON.stringify({ schemaVersion: 2, manifests: [present], odd: { is: "kept" } });

    const longer = withReferrer(list, referrer) ?? "";

    expect(JSON.parse(longer)).to.deep.equal({
      schemaVersion: 2,
      manifests: [present, referrer.entry],
      odd: { is: "kept" },
    });
    expect(withReferrer(longer, referrer)).to.equal(undefined);
  });
});
