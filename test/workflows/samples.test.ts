import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { EndedContainer, Outputs, Pod } from "../pipeline/argo/engine/execution.ts";
import { type Manifest, parseManifests } from "../pipeline/argo/manifest.ts";
import { type PodCluster, podRunner } from "../pipeline/argo/pod-runner.ts";
import { runWorkflow, type WorkflowResult } from "../pipeline/argo/workflow.ts";
import { SampleYard } from "../pipeline/sample-yard.ts";
import { hasPods } from "../support/pods.ts";
import { storedDigest } from "../support/stored-digest.ts";

const build = "workflows/slipway-build/0.1.0";
const packages = [build, "workflows/slipway-multiarch/0.1.0", "workflows/slipway-ci/0.1.0"];

const files = {
  Dockerfile:
    'FROM busybox\nARG VERSION=none MESSAGE=none\nCOPY hello /\nRUN echo "$VERSION $MESSAGE" >/made\n',
  hello: "hello\n",
};

/** What a container does that is no slipway: what it was told is all that counts. */
type StandIn = (pod: Pod) => void;

describe("samples of workflows/ (need root, and the pods beside the project)", function () {
  // The step image may have to be built first.
  this.timeout(300_000);
  let place: SampleYard;
  let source: string;
  let templates: readonly Manifest[];

  before(async function () {
    if (!hasPods()) this.skip();
    place = await SampleYard.open();
    source = await place.yard.context(files);
    templates = packages.flatMap((folder) =>
      parseManifests(place.read(`${folder}/manifests.yaml`)),
    );
  });

  after(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  interface SampleRun {
    readonly cluster?: Partial<PodCluster>;
    readonly cache?: Map<string, Outputs>;
    readonly standIn?: StandIn;
  }

  async function run(file: string, options: SampleRun = {}): Promise<WorkflowResult> {
    const [workflow] = parseManifests(place.read(file));
    const inPod = podRunner({
      ...place.contents({ "app-source": source, "monorepo-source": source }),
      profile: "default",
      image: place.image,
      emissary: ["/slipway/bin/tini", "-g", "--"],
      directory: place.directory(),
      artifacts: { source },
      ...options.cluster,
    });
    const result = await runWorkflow({
      workflow: workflow as Manifest,
      templates,
      ...(options.cache === undefined ? {} : { cache: options.cache }),
      runContainer: async (pod) => {
        if (pod.argv[0]?.startsWith("/slipway/") === true) return inPod(pod);
        options.standIn?.(pod);
        return ended;
      },
    });
    const logs = result.pods.map(({ end }) => end.log).join("\n");
    expect(result.status.phase, result.status.message ?? logs).to.equal("Succeeded");
    return result;
  }

  const image = (): string => `${place.registry.host}/team/app`;
  const digest = (): string => storedDigest(place.registry, "team/app:1.2");

  it("builds a git artifact and deploys it by its digest: git-artifact.yaml", async () => {
    const deployed: (readonly string[])[] = [];

    const { pods } = await run(`${build}/samples/git-artifact.yaml`, {
      standIn: ({ argv }) => deployed.push(argv),
    });

    expect(deployed).to.deep.equal([
      ["kubectl", "set", "image", "deployment/app", `*=${image()}@${digest()}`],
    ]);
    expect(outputsOf(pods[0]?.node, await run(`${build}/samples/git-artifact.yaml`))).to.deep.equal(
      {
        "image-digest": digest(),
        "image-url": `${image()}:1.2`,
        "image-ref": `${image()}@${digest()}`,
        "image-tag": "1.2",
      },
    );
    expect(pods[0]?.end.progress).to.equal("4/4");
    expect(pods[0]?.end.log).to.match(
      /credentials registry=\S+ from=.*\/slipway\/credentials\/\.dockerconfigjson/,
    );
  });

  it("builds what a volume holds: volume.yaml", async () => {
    await run(`${build}/samples/volume.yaml`);

    expect(digest()).to.match(/^sha256:/);
  });

  it("builds a commit once: build-once.yaml", async () => {
    const cache = new Map<string, Outputs>();

    const first = await run(`${build}/samples/build-once.yaml`, { cache });
    const second = await run(`${build}/samples/build-once.yaml`, { cache });

    expect([first.pods.length, second.pods.length]).to.deep.equal([1, 0]);
    const [one, other] = [first, second].map((result) =>
      outputsOf("build-once-abcde[0].build", result),
    );
    expect(one).to.have.property("image-digest", digest());
    expect(other).to.deep.equal(one);
  });

  it("builds in a restricted pod whose root cannot be written to: restricted.yaml", async () => {
    const { pods } = await run(`${build}/samples/restricted.yaml`, {
      cluster: { profile: "restricted", readOnlyRoot: true },
    });

    expect(pods[0]?.main.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("joins two architectures, each from its node: slipway-multiarch", async () => {
    source = await place.yard.context({
      Dockerfile: "FROM scratch\nCOPY hello /\n",
      hello: "hi\n",
    });

    const { pods } = await run("workflows/slipway-multiarch/0.1.0/samples/workflow.yaml");

    expect(pods.slice(0, 2).map(({ more }) => more["nodeSelector"])).to.deep.equal([
      { "kubernetes.io/arch": "amd64" },
      { "kubernetes.io/arch": "arm64" },
    ]);
    const [amd64, arm64] = ["amd64", "arm64"].map((arch) =>
      storedDigest(place.registry, `team/app:1.2-${arch}`),
    );
    expect(amd64).not.to.equal(arm64);
    expect(pods[2]?.argv.at(-1)).to.equal(`--manifest[]=${JSON.stringify([amd64, arm64])}`);
    expect(pods[2]?.end.exitCode).to.equal(0);
  });

  it("builds twelve images in waves: monorepo.yaml", async () => {
    source = place.directory();
    cpSync(path.resolve("tasks/samples/monorepo"), source, { recursive: true });
    chmodSync(source, 0o755);

    const { pods } = await run(`${build}/samples/monorepo.yaml`);

    expect(pods).to.have.length(17);
    expect(storedDigest(place.registry, "monorepo/bundle:1.2")).to.match(/^sha256:/);
  });

  it("goes from a branch to a commit of the image's digest: slipway-ci", async () => {
    const told: Record<string, unknown>[] = [];
    const claims = place.directory();
    const work = path.join(claims, "work");
    mkdirSync(path.join(work, "source"), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path.join(work, "source", name), text);
    }

    await run("workflows/slipway-ci/0.1.0/samples/workflow.yaml", {
      cluster: { claims: { "ci-abcde-work": work } },
      standIn: ({ main }) => {
        const variables = (main.env ?? []).map(({ name, value }) => [name, value]);
        told.push(Object.fromEntries(variables) as Record<string, unknown>);
      },
    });

    expect(told).to.have.length(3);
    expect(told[0]).to.include({
      REVISION: "main",
      REPOSITORY: "https://git.example.com/team/app.git",
    });
    expect(told[2]).to.include({ IMAGE_REF: `${image()}@${digest()}`, DIRECTORY: "apps/app" });
  });
});

/** A container that has done what it was told. */
const ended: EndedContainer = {
  exitCode: 0,
  log: "",
  stdout: "",
  timedOut: false,
  readFile: () => Promise.resolve(undefined),
};

/** The output parameters of a node. */
function outputsOf(node: string | undefined, { nodes }: WorkflowResult): Record<string, string> {
  const found = nodes.find(({ name }) => name === node);
  const parameters = found?.outputs?.parameters ?? [];
  return Object.fromEntries(parameters.map(({ name, value }) => [name, value ?? ""]));
}
