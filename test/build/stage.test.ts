import { expect } from "chai";
import type { HistoryEntry, ImageConfig } from "../../src/image/config.ts";
import type { FinishedImage } from "../../src/output/output.ts";
import { errorOf } from "../support/error-of.ts";
import { pulledImage } from "../support/pulled-image.ts";
import { StepYard } from "../support/step-yard.ts";

describe("build/stage", () => {
  let yard: StepYard;

  beforeEach(async () => {
    yard = await StepYard.open();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  it("starts a stage from scratch with a path and a directory", async () => {
    const { config, os, architecture } = configOf(await yard.build("FROM scratch\nLABEL a=1\n"));

    expect({ os, architecture }).to.deep.equal({ os: "linux", architecture: "amd64" });
    expect(config).to.include({ WorkingDir: "/" });
    expect(config?.Env?.[0]).to.match(/^PATH=/);
  });

  it("hands a stage's configuration, arguments and environment down", async () => {
    const image = await yard.build(
      "FROM scratch AS a\nARG X=1\nENV Y=2\nLABEL a=1\nFROM a\nLABEL b=$X$Y\n",
    );

    expect(configOf(image).config?.Labels).to.deep.equal({ a: "1", b: "12" });
    expect(createdBy(image)).to.deep.equal(["ARG X=1", "ENV Y=2", "LABEL a=1", "LABEL b=12"]);
  });

  it("carries out the base's triggers first, and only once", async () => {
    base({ OnBuild: ["LABEL a=$X", "ENV B=2"] });

    const image = await yard.build("FROM base AS one\nLABEL c=3\nFROM one\nLABEL d=4\n");

    expect(createdBy(image)).to.deep.equal(["LABEL a=", "ENV B=2", "LABEL c=3", "LABEL d=4"]);
    expect(configOf(image).config).to.not.have.property("OnBuild");
  });

  it("carries out triggers of a stage of the same file", async () => {
    const image = await yard.build("FROM scratch AS a\nONBUILD LABEL x=1\nFROM a\n");

    expect(createdBy(image)).to.deep.equal(["LABEL x=1"]);
  });

  it("lets a trigger take files from a stage that nothing else needs", async () => {
    base({ OnBuild: ["COPY --from=files / /files/"] });

    const image = await yard.build("FROM scratch AS files\nWORKDIR /w\nFROM base\n");

    expect(createdBy(image)).to.deep.equal(["COPY / /files/ # buildkit"]);
  });

  it("says that a trigger is wrong at the FROM that brings it in", async () => {
    base({ OnBuild: ["COPY --from=9 / /"] });

    const error = await errorOf(yard.build("# comment\nFROM base\n"));

    expect(error.code).to.equal("DOCKERFILE_INVALID");
    expect(error.location).to.include({ firstLine: 2 });
  });

  function base(config: Partial<ImageConfig>["config"]): void {
    const image = pulledImage([], config === undefined ? {} : { config });
    yard.ports = { pull: () => Promise.resolve(image) };
  }
});

function configOf({ config }: FinishedImage): ImageConfig {
  return JSON.parse(config.bytes.toString("utf8")) as ImageConfig;
}

function createdBy(image: FinishedImage): (string | undefined)[] {
  return (configOf(image).history ?? []).map((entry: HistoryEntry) => entry.created_by);
}
