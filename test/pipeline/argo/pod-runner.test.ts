import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { type PodImage, podImage } from "../../../bench/pods/image.ts";
import { BuildYard, type ContextFiles } from "../../support/build-yard.ts";
import { hasPods, podProfiles } from "../../support/pods.ts";
import { digestOf } from "../../support/registry-queries.ts";
import { type Container, type Manifest, parseManifests, type Template } from "./manifest.ts";
import { type PodCluster, podRunner } from "./pod-runner.ts";
import { runWorkflow, type WorkflowResult } from "./workflow.ts";

const run = promisify(execFile);
const minutes = 60_000;

describe("pipeline/argo/pod-runner", function () {
  // The step image may have to be made first.
  this.timeout(30 * minutes);
  let yard: BuildYard;
  let image: PodImage;

  before(async function () {
    // Pods need root, and the program that runs them beside the project.
    if (!hasPods()) this.skip();
    await run("npm", ["run", "--silent", "build"]);
    yard = await BuildYard.open();
    image = await podImage({ bundle: false, debug: false }, yard.directory);
  });
  after(() => yard?.[Symbol.asyncDispose]());

  /** Builds in a pod with the template of this repository, and pushes to `team/<profile>:1`. */
  const build = async (
    files: ContextFiles,
    change: Change,
    cluster: Pick<PodCluster, "profile" | "readOnlyRoot" | "initLess">,
  ): Promise<WorkflowResult> => {
    const insecure = `--insecure-registry=${yard.registry.host}`;
    const reachable: Change = (template, container) => ({
      ...template,
      container: { ...container, args: [...(container.args ?? []), insecure] },
    });
    const template = changed(changed(await ourTemplate(), change), reachable);
    return runWorkflow({
      workflow: callOf(template, yard.reference(`team/${cluster.profile}:1`)),
      templates: [template],
      runContainer: podRunner({
        ...cluster,
        layers: await image.layers(podProfiles[cluster.profile]?.idShift ?? 0),
        environment: image.environment,
        directory: yard.path("tmp"),
        emissary: ["/slipway/bin/tini", "-g", "--"],
        artifacts: { source: await yard.context(files) },
      }),
    });
  };

  const copy = { Dockerfile: "FROM scratch\nCOPY a /a\n", a: "a\n" };

  /** Both outputs hold what the registry says, to the byte. */
  const expectOutputs = async (
    { status, pods }: WorkflowResult,
    profile: string,
  ): Promise<void> => {
    const [pod] = pods;
    expect(status.phase, pod?.end.log ?? status.message).to.equal("Succeeded");
    const digest = await digestOf(yard.registry.host, `team/${profile}`, "1");
    expect((await pod?.end.readFile("/tmp/image-digest"))?.toString()).to.equal(digest);
    const url = (await pod?.end.readFile("/tmp/image-url"))?.toString();
    expect(url).to.equal(yard.reference(`team/${profile}:1`));
  };

  it("copies in a default pod, from a source that is a symlink", async () => {
    const cluster = { profile: "default", initLess: true };

    await expectOutputs(await build(copy, asItIs, cluster), "default");
  });

  it("does not start where the symlink to the source cannot be made", async () => {
    const cluster = { profile: "restricted", initLess: true };

    const { pods } = await build(copy, unprivileged, cluster);

    expect(pods[0]?.end.exitCode).to.equal(65);
    expect(pods[0]?.end.log).to.equal(
      "failed to create symlink /workspace/source: permission denied\n",
    );
  });

  it("runs commands in a default pod", async () => {
    const files = { Dockerfile: `FROM ${yard.reference("library/busybox")}\nRUN id >/who\n` };

    await expectOutputs(await build(files, asItIs, { profile: "default" }), "default");
  });

  it("copies in a restricted pod with a read-only root", async () => {
    const cluster = { profile: "restricted", readOnlyRoot: true };

    await expectOutputs(await build(copy, unprivileged, cluster), "restricted");
  });

  it("runs commands in a restricted pod", async () => {
    const files = { Dockerfile: `FROM ${yard.reference("library/busybox")}\nRUN id >/who\n` };
    const cluster = { profile: "restricted" };

    await expectOutputs(await build(files, unprivileged, cluster), "restricted");
  });
});

/** The template that builds an image, wherever it lies. */
async function ourTemplate(): Promise<Manifest> {
  const names = await readdir("workflows", { recursive: true });
  const files = names.filter((name) => /\.ya?ml$/.test(name));
  const texts = await Promise.all(
    files.map((name) => readFile(path.join("workflows", name), "utf8")),
  );
  const found = texts
    .flatMap(parseManifests)
    .find(({ kind, metadata }) => kind === "WorkflowTemplate" && metadata.name === "slipway-build");
  if (found === undefined) throw new Error("there is no slipway-build");
  return found;
}

function asItIs(template: Template): Template {
  return template;
}

type Change = (template: Template, container: Container) => Template;

/** The same with its first template changed. */
function changed(manifest: Manifest, change: Change): Manifest {
  const [template, ...others] = manifest.spec.templates ?? [];
  if (template?.container === undefined) throw new Error("slipway-build has no container");
  const templates = [change(template, template.container), ...others];
  return { ...manifest, spec: { ...manifest.spec, templates } };
}

/** For users who may not write to the root: /tmp is on a volume, and no user is asked for. */
function unprivileged(template: Template, container: Container): Template {
  const { securityContext: _, env = [], volumeMounts = [], ...rest } = container;
  return {
    ...template,
    volumes: [...(template.volumes ?? []), { name: "tmp", emptyDir: {} }],
    container: {
      ...rest,
      env: [...env, { name: "TMPDIR", value: "/tmp" }],
      volumeMounts: [...volumeMounts, { name: "tmp", mountPath: "/tmp" }],
    },
  };
}

/** A workflow that calls the template's first template, with a source from git. */
function callOf({ metadata, spec }: Manifest, reference: string): Manifest {
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
                templateRef: {name: ${metadata.name}, template: ${spec.templates?.[0]?.name}}
                arguments:
                  parameters:
                    - {name: image, value: "${reference}"}
                    - {name: builder-image, value: "registry.example/slipway:1"}
                  artifacts:
                    - {name: source, git: {repo: "https://git.example/app.git"}}
  `);
  if (workflow === undefined) throw new Error("no workflow");
  return workflow;
}
