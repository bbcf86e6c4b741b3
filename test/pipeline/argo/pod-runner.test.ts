import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard, type ContextFiles } from "../../support/build-yard.ts";
import { type PodImage, podImageOf } from "../../support/pod-image.ts";
import { hasPods } from "../../support/pods.ts";
import { digestOf } from "../../support/registry-queries.ts";
import { stepImage } from "../../support/step-image.ts";
import { type Manifest, parseManifests } from "./manifest.ts";
import { type PodCluster, podRunner } from "./pod-runner.ts";
import { runWorkflow, type WorkflowResult } from "./workflow.ts";

const minutes = 60_000;

describe("pipeline/argo/pod-runner", function () {
  // The step image may have to be made first.
  this.timeout(30 * minutes);
  let yard: BuildYard;
  let image: PodImage;

  before(async function () {
    // Pods need root, and the program that runs them beside the project.
    if (!hasPods()) this.skip();
    yard = await BuildYard.open();
    image = await podImageOf(await stepImage());
  });
  after(() => yard?.[Symbol.asyncDispose]());

  /** Builds in a pod with the template of this repository, and pushes to `team/<profile>:1`. */
  const build = async (
    files: ContextFiles,
    cluster: Pick<PodCluster, "profile" | "readOnlyRoot" | "initLess">,
  ): Promise<WorkflowResult> =>
    runWorkflow({
      workflow: workflowFor(yard.reference(`team/${cluster.profile}:1`)),
      templates: await ourTemplates(),
      runContainer: podRunner({
        ...cluster,
        image,
        emissary: ["/slipway/bin/tini", "-g", "--"],
        directory: yard.path("tmp"),
        artifacts: { source: await yard.context(files) },
      }),
    });

  const copy = { Dockerfile: "FROM scratch\nCOPY a /a\n", a: "a\n" };

  /** The outputs hold what the registry says, to the byte. */
  const expectOutputs = async (
    { status, pods }: WorkflowResult,
    profile: string,
  ): Promise<void> => {
    const [pod] = pods;
    expect(status.phase, pod?.end.log ?? status.message).to.equal("Succeeded");
    const digest = await digestOf(yard.registry.host, `team/${profile}`, "1");
    const repository = yard.reference(`team/${profile}`);
    const outputs = {
      "image-digest": digest,
      "image-url": `${repository}:1`,
      "image-ref": `${repository}@${digest}`,
      "image-tag": "1",
    };
    for (const [name, text] of Object.entries(outputs)) {
      const file = await pod?.end.readFile(`/slipway/results/${name}`);
      expect(file?.toString(), name).to.equal(text);
    }
    expect(pod?.end.progress).to.match(/^(\d+)\/\1\n?$/);
  };

  it("copies in a default pod, from a source that is a symlink", async () => {
    await expectOutputs(await build(copy, { profile: "default", initLess: true }), "default");
  });

  it("does not start where the symlink to the source cannot be made", async () => {
    const { pods } = await build(copy, { profile: "restricted", initLess: true });

    expect(pods[0]?.end.exitCode).to.equal(65);
    expect(pods[0]?.end.log).to.equal(
      "failed to create symlink /workspace/source: permission denied\n",
    );
  });

  it("copies in a restricted pod with a read-only root", async () => {
    const cluster = { profile: "restricted", readOnlyRoot: true };

    await expectOutputs(await build(copy, cluster), "restricted");
  });

  for (const profile of ["default", "restricted"]) {
    it(`runs commands in a ${profile} pod`, async () => {
      const files = { Dockerfile: `FROM ${yard.reference("library/busybox")}\nRUN id >/who\n` };

      await expectOutputs(await build(files, { profile }), profile);
    });
  }
});

/** All of the templates of this repository. */
async function ourTemplates(): Promise<readonly Manifest[]> {
  const names = await readdir("workflows", { recursive: true });
  const files = names.filter((name) => path.basename(name) === "manifests.yaml");
  const texts = await Promise.all(
    files.map((name) => readFile(path.join("workflows", name), "utf8")),
  );
  return texts.flatMap(parseManifests);
}

/** A workflow that builds a source from git with one of them. */
function workflowFor(reference: string): Manifest {
  const [workflow] = parseManifests(`
    apiVersion: argoproj.io/v1alpha1
    kind: Workflow
    metadata: {name: build}
    spec:
      entrypoint: main
      templates:
        - name: main
          dag:
            tasks:
              - name: build
                templateRef: {name: slipway-build, template: build}
                arguments:
                  parameters:
                    - {name: image, value: "${reference}"}
                    - {name: tls-verify, value: "false"}
                  artifacts:
                    - {name: source, git: {repo: "https://git.example/app.git"}}
  `);
  if (workflow === undefined) throw new Error("no workflow");
  return workflow;
}
