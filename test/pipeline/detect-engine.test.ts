import { expect } from "chai";
import { findEngine } from "../../src/pipeline/detect-engine.ts";
import type { Surroundings } from "../../src/pipeline/engine.ts";

const around = (paths: readonly string[], more: Partial<Surroundings> = {}): Surroundings => ({
  environment: {},
  workingDirectory: "/",
  exists: (path) => paths.includes(path),
  ...more,
});
const tekton = ["/tekton/results", "/tekton/steps"];
const argo = ["/var/run/argo"];

describe("pipeline/detect-engine", () => {
  it("knows Tekton and Argo by what they mount", () => {
    expect(findEngine("auto", around(tekton))?.name).to.equal("tekton");
    expect(findEngine("auto", around(argo))?.name).to.equal("argo");
    expect(findEngine("auto", around(["/tekton/results", "/workspace"]))).to.equal(undefined);
  });

  it("believes what it is told", () => {
    expect(findEngine("argo", around(tekton))?.name).to.equal("argo");
    expect(findEngine("none", around(tekton))).to.equal(undefined);
  });

  it("takes the step's working directory for workspace and context, or else the usual one", () => {
    const engine = findEngine("auto", around(tekton));
    const started = { workingDirectory: "/workspace/app" };

    const chosen = engine?.provide(around(tekton, started));
    const usual = engine?.provide(around([...tekton, "/workspace/source"]));

    expect(chosen?.["workspace"]?.texts).to.deep.equal(["/workspace/app"]);
    expect(chosen?.["context"]?.texts).to.deep.equal(["/workspace/app"]);
    expect(usual?.["workspace"]?.texts).to.deep.equal(["/workspace/source"]);
    expect(engine?.provide(around(tekton))).not.to.have.property("workspace");
  });

  it("knows the results that Tekton Chains looks for, and Tekton's credentials", () => {
    const engine = findEngine("tekton", around(tekton));

    expect(engine?.provide(around(tekton))["result"]?.texts).to.deep.equal([
      "image-digest=/tekton/results/IMAGE_DIGEST",
      "image-url=/tekton/results/IMAGE_URL",
      "images=/tekton/results/IMAGES",
      "base-image=/tekton/results/BASE_IMAGE_ARTIFACT_INPUTS",
    ]);
    expect(engine?.credentialDirectory).to.equal("/tekton/creds/.docker");
  });

  it("knows where Argo wants to be told of progress", () => {
    const environment = { ARGO_PROGRESS_FILE: "/var/run/argo/progress" };
    const engine = findEngine("argo", around(argo));

    expect(engine?.provide(around(argo, { environment }))["progress-file"]?.texts).to.deep.equal([
      "/var/run/argo/progress",
    ]);
    expect(engine?.provide(around(argo))).not.to.have.property("progress-file");
  });
});
