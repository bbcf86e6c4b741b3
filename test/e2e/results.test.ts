import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { digestOf } from "../support/registry-queries.ts";

const files = {
  Dockerfile: "FROM busybox\nCOPY cargo /srv/\n",
  cargo: "timber\n",
};

describe("e2e/results", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("writes the digest and the references of what the registry then has", async () => {
    const names = ["digest", "name-with-digest", "name-tag-with-digest", "url"];
    const [digestFile, nameFile, nameTagFile, urlFile] = names.map((name) =>
      yard.path(`results/${name}`),
    );

    const result = await yard.build(await yard.context(files), [
      `--destination=${yard.reference("team/cargo:1.2")}`,
      `--digest-file=${digestFile}`,
      `--image-name-with-digest-file=${nameFile}`,
      `--image-name-tag-with-digest-file=${nameTagFile}`,
      `--image-url-file=${urlFile}`,
    ]);

    expect(result.exitCode, result.stderr).to.equal(0);
    const digest = await digestOf(yard.registry.host, "team/cargo", "1.2");
    const written = await Promise.all(
      [digestFile, nameFile, nameTagFile, urlFile].map((file) => readFile(String(file), "utf8")),
    );
    expect(written.map((text) => text.trimEnd())).to.deep.equal([
      digest,
      yard.reference(`team/cargo@${digest}`),
      yard.reference(`team/cargo:1.2@${digest}`),
      yard.reference("team/cargo:1.2"),
    ]);
    expect(written[0], "Tekton does not trim").to.equal(digest);
    expect(written[3], "Tekton does not trim").to.equal(yard.reference("team/cargo:1.2"));
  });

  it("leaves IMAGE_URL empty when nothing is pushed, so that nobody signs an absent image", async () => {
    const urlFile = yard.path("results/no-push-url");

    const result = await yard.build(await yard.context(files), [
      "--no-push",
      `--image-url-file=${urlFile}`,
    ]);

    expect(result.exitCode, result.stderr).to.equal(0);
    expect(await readFile(urlFile, "utf8")).to.equal("");
  });
});
