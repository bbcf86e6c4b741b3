import { chmod, chown, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { mediaTypes } from "../../src/image/media-type.ts";
import { createLimit } from "../../src/support/limit.ts";
import { BuildYard } from "../support/build-yard.ts";
import { podRoot } from "../support/identity.ts";
import { pullWithSkopeo, runWithRunc } from "../support/peers.ts";
import { digestOf, tagsOf } from "../support/registry-queries.ts";
import { type SlipwayResult, startSlipway } from "../support/slipway-cli.ts";

const directory = path.resolve("tasks/samples/monorepo");
const buildFile = path.join(directory, "slipway.yaml");

/** As many pods as this machine can pretend to be. */
const pods = createLimit(3);

interface SampleImage {
  readonly context: string;
  readonly target?: string;
  readonly platforms?: readonly string[];
  readonly contexts?: Readonly<Record<string, string>>;
}

async function sampleImages(): Promise<readonly (readonly [string, SampleImage])[]> {
  const file = parse(await readFile(buildFile, "utf8")) as {
    readonly images: Readonly<Record<string, SampleImage>>;
  };
  return Object.entries(file.images);
}

function tagFor(platform: string | undefined): string {
  return platform === undefined ? "dev" : `dev-${platform.replace("/", "-")}`;
}

describe("e2e/fan-out", function () {
  this.timeout(180_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  /** Runs slipway as a pod of a pipeline would, and expects it to succeed. */
  async function slipway(args: readonly string[], team = ""): Promise<SlipwayResult> {
    const { host } = yard.registry;
    const result = await startSlipway(args, {
      environment: {
        TMPDIR: yard.path("tmp"),
        DOCKER_CONFIG: yard.path("docker"),
        NO_COLOR: "1",
        SLIPWAY_INSECURE_REGISTRY: host,
        SLIPWAY_REGISTRY_MAP: `docker.io=${host}`,
        REGISTRY: `${host}/${team}`,
      },
    }).result;
    expect(result.exitCode, result.stderr).to.equal(0);
    return result;
  }

  /** The plan's units, in waves; those of a wave are done at the same time. */
  async function fanOut(
    plan: readonly string[],
    build: readonly string[],
    team?: string,
  ): Promise<readonly (readonly string[])[]> {
    const waves: string[][] = [];
    for (;;) {
      const wave = [`--wave=${waves.length + 1}`, ...plan];
      const { stdout } = await slipway(["plan", "--fan-out", ...wave], team);
      const units = JSON.parse(stdout) as string[];
      if (units.length === 0) return waves;
      waves.push(units);
      await Promise.all(
        units.map((unit) => pods(() => slipway(["build", `--unit=${unit}`, ...build], team))),
      );
    }
  }

  /** Builds an image of the sample in the plain way, from images that are there already. */
  async function buildPlainly(name: string, image: SampleImage, platform?: string): Promise<void> {
    const reference = (other: string): string =>
      yard.reference(`plain/monorepo/${other}:${tagFor(platform)}`);
    const contexts = Object.entries(image.contexts ?? {}).map(([key, value]) => {
      const other = /^image:(.*)$/.exec(value)?.[1];
      const source = other === undefined ? path.join(directory, value) : reference(other);
      return `--build-context=${key}=${other === undefined ? "" : "docker-image://"}${source}`;
    });
    await slipway([
      "build",
      `--context=${path.join(directory, image.context)}`,
      `--dockerfile=${path.join(directory, image.context, "Dockerfile")}`,
      `--destination=${reference(name)}`,
      "--build-arg=VERSION=dev",
      "--label=org.opencontainers.image.version=dev",
      "--reproducible",
      ...contexts,
      ...(image.target === undefined ? [] : [`--target=${image.target}`]),
      ...(platform === undefined ? [] : [`--custom-platform=${platform}`]),
    ]);
  }

  it("gives the images of a repository that building one after another gives", async () => {
    const args = [`--build-file=${buildFile}`];
    const waves = await fanOut(args, [...args, "--reproducible"], "waves");
    const images = await sampleImages();
    expect(images).to.have.lengthOf(12);
    expect(waves.flat()).to.have.lengthOf(16);

    for (const [name, image] of images) {
      for (const platform of image.platforms ?? [undefined]) {
        await buildPlainly(name, image, platform);
      }
    }

    for (const [name, { platforms }] of images) {
      for (const platform of platforms ?? [undefined]) {
        const tag = tagFor(platform);
        const [fanned, plain] = await Promise.all(
          ["waves", "plain"].map((team) =>
            digestOf(yard.registry.host, `${team}/monorepo/${name}`, tag),
          ),
        );
        expect(fanned, `${name}:${tag}`).to.equal(plain);
      }
    }
    const index = await fetch(`http://${yard.registry.host}/v2/waves/monorepo/web/manifests/dev`, {
      headers: { accept: mediaTypes.ociIndex },
    });
    expect(await index.json())
      .to.have.property("manifests")
      .with.lengthOf(2);
  });

  it("builds the stages of a Dockerfile in pods of their own", async () => {
    const context = await yard.context({
      Dockerfile: [
        "FROM busybox AS base",
        "ARG TARGETSTAGE",
        'RUN echo "for $TARGETSTAGE" > /base',
        "FROM base AS left",
        "RUN echo left > /left",
        "FROM busybox AS right",
        "RUN echo right > /right",
        "FROM base AS both",
        "RUN --mount=type=bind,from=left,target=/l cat /base /l/left > /both",
        "COPY --from=right /right /right",
        "FROM busybox AS app",
        "COPY --from=both /both /right /",
        'CMD ["cat", "/both", "/right"]',
        "",
      ].join("\n"),
    });
    const args = [
      `--context=${context}`,
      `--dockerfile=${context}/Dockerfile`,
      `--destination=${yard.reference("stages/app:1")}`,
      "--run-id=run-1",
    ];

    const waves = await fanOut(args, args);

    expect(waves).to.deep.equal([["stage:left", "stage:right"], ["stage:both"], ["target"]]);
    await pullWithSkopeo(yard.reference("stages/app:1"), yard.path("stages"));
    expect(await runWithRunc(yard.path("stages"))).to.equal("for app\nleft\nright\n");
    const tags = await tagsOf(yard.registry.host, "stages/app");
    expect(tags.filter((tag) => tag.startsWith("stage-"))).to.have.lengthOf(3);
  });

  it(`reads in namespaces what only their root may read, as ${podRoot.name} (needs root)`, async function () {
    if (!(await podRoot.prepare())) this.skip();
    const context = await yard.context({ Dockerfile: "FROM busybox\nRUN true\n" });
    await chown(context, 12_345, 12_345);
    await chmod(context, 0o700);

    const built = await yard.build(
      context,
      [
        `--destination=${yard.reference("hidden:1")}`,
        "--run-id=run-1",
        "--unit=target",
        "--isolation=namespace",
      ],
      { launcher: podRoot.as },
    );

    expect(built.exitCode, built.stderr).to.equal(0);
  });

  it("says what is wrong with a build file, and where", async () => {
    const file = path.join(
      await yard.context({ "slipway.yaml": "images:\n  app:\n    contxt: .\n" }),
      "slipway.yaml",
    );

    const result = await startSlipway(["plan", "--fan-out", `--build-file=${file}`]).result;

    expect(result.exitCode).to.equal(3);
    expect(result.stderr)
      .to.include("BUILD_FILE_INVALID")
      .and.include("slipway.yaml:3")
      .and.include("Did you mean context?");
  });
});
