// `npm run bench`: slipway and Debian's buildah build the same Dockerfiles, each time without anything
// stored locally, from and to the same registry on loopback. As root.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeBusyboxImage } from "../test/support/busybox-image.ts";
import { debianImage } from "../test/support/debian-image.ts";
import { startDockerRegistry } from "../test/support/docker-registry.ts";
import { writeOciLayout } from "../test/support/oci-layout.ts";
import { pushWithSkopeo } from "../test/support/peers.ts";
import { inTurn, type Measurement, measure } from "./measure.ts";

const run = promisify(execFile);

const rounds = 3;
const megabyte = 1e6;

const scenarios = {
  "COPY only, on a Debian base": [
    "FROM ${REGISTRY}/library/debian",
    "COPY application /srv/application",
    "ENV MODE=production",
    "WORKDIR /srv/application",
    'CMD ["./start"]',
  ],
  "ten small RUNs, on a base of 50,000 files": [
    "FROM ${REGISTRY}/library/files",
    ...Array.from({ length: 10 }, (_, step) => `RUN echo ${step} > /srv/step-${step}`),
  ],
  "one RUN that writes 800 MB": [
    "FROM ${REGISTRY}/library/busybox",
    "RUN head -c 600000000 /dev/urandom | base64 -w 0 > /data",
  ],
};

interface Build {
  readonly context: string;
  readonly registry: string;
  readonly destination: string;
  /** A new directory for everything that the builder stores. */
  readonly scratch: string;
}

const builders: Readonly<Record<string, (build: Build) => Promise<Measurement>>> = {
  slipway: async ({ context, registry, destination, scratch }) =>
    measure([
      process.execPath,
      path.resolve("dist/slipway.mjs"),
      "build",
      `--context=${context}`,
      `--dockerfile=${context}/Dockerfile`,
      `--build-arg=REGISTRY=${registry}`,
      `--insecure-registry=${registry}`,
      `--work-dir=${scratch}`,
      `--destination=${destination}`,
    ]),
  buildah: async ({ context, registry, destination, scratch }) => {
    const buildah = [
      "buildah",
      `--root=${scratch}/root`,
      `--runroot=${scratch}/runroot`,
      "--storage-driver=overlay",
    ];
    const build = ["bud", "--isolation=chroot", `--build-arg=REGISTRY=${registry}`];
    return inTurn([
      await measure([...buildah, ...build, "--tls-verify=false", "-t", destination, context]),
      await measure([...buildah, "push", "--quiet", "--tls-verify=false", destination]),
    ]);
  },
};

await using registry = await startDockerRegistry();
const directory = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
try {
  await offerBases(registry.host);
  const context = await writeContext();
  for (const [name, lines] of Object.entries(scenarios)) {
    await writeFile(path.join(context, "Dockerfile"), ["ARG REGISTRY", ...lines, ""].join("\n"));
    print(name, await measureScenario(context));
  }
  process.stdout.write(
    `\nmedians of ${rounds} cold builds (pull, build, push); memory is resident memory, sampled, ` +
      "of the largest process and of all processes together\n",
  );
} finally {
  await rm(directory, { recursive: true });
}

async function measureScenario(context: string): Promise<Map<string, readonly Measurement[]>> {
  const measured = new Map<string, Measurement[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [builder, build] of Object.entries(builders)) {
      const scratch = path.join(directory, "scratch");
      await mkdir(scratch);
      const destination = `${registry.host}/bench/${builder}-${Date.now()}:1`;
      const result = await build({ context, registry: registry.host, destination, scratch });
      measured.set(builder, [...(measured.get(builder) ?? []), result]);
      // A mount that overlay storage keeps would make the removal fail.
      await run("umount", ["--quiet", `${scratch}/root/overlay`]).catch(() => undefined);
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return measured;
}

function print(scenario: string, measured: ReadonlyMap<string, readonly Measurement[]>): void {
  process.stdout.write(`\n${scenario}\n`);
  const reference = median(measured.get("buildah") ?? [], "milliseconds");
  for (const [builder, results] of measured) {
    const time = median(results, "milliseconds");
    const columns = [
      `  ${builder.padEnd(8)}`,
      `${(time / 1000).toFixed(2).padStart(7)} s`,
      `${(time / reference).toFixed(2).padStart(6)} x`,
      `${megabytes(median(results, "processPeakBytes"))} MB`,
      `${megabytes(median(results, "treePeakBytes"))} MB`,
    ];
    process.stdout.write(`${columns.join("  ")}\n`);
  }
}

function median(results: readonly Measurement[], key: keyof Measurement): number {
  const values = results.map((result) => result[key]).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

function megabytes(bytes: number): string {
  return (bytes / megabyte).toFixed(0).padStart(6);
}

async function offerBases(host: string): Promise<void> {
  const busybox = path.join(directory, "busybox");
  await writeBusyboxImage(busybox);
  await pushWithSkopeo(busybox, `${host}/library/busybox`);
  await pushWithSkopeo(await debianImage(), `${host}/library/debian`);
  const files = path.join(directory, "files");
  await writeManyFilesImage(files);
  await pushWithSkopeo(files, `${host}/library/files`);
}

/** An image of 50,000 files of 2 kB beside busybox. */
async function writeManyFilesImage(layout: string): Promise<void> {
  const root = path.join(directory, "many-files");
  await mkdir(path.join(root, "bin"), { recursive: true });
  await run("cp", ["/bin/busybox", path.join(root, "bin/sh")]);
  const line = "what a file of a real image holds is text that can be compressed somewhat\n";
  for (let folder = 0; folder < 500; folder += 1) {
    const inside = path.join(root, "srv", String(folder));
    await mkdir(inside, { recursive: true });
    for (let file = 0; file < 100; file += 1) {
      await writeFile(path.join(inside, String(file)), `${folder} ${file} ${line.repeat(27)}`);
    }
  }
  const layerTar = `${root}.tar`;
  await run("tar", ["--owner=0", "--group=0", "-C", root, "-cf", layerTar, "."]);
  await writeOciLayout(layout, { layerTar, config: { Env: ["PATH=/bin"] } });
}

/** An application of 2,000 files, 40 MB. */
async function writeContext(): Promise<string> {
  const context = path.join(directory, "context");
  const text = "a line of the application that is to be copied into the image\n".repeat(320);
  for (let file = 0; file < 2000; file += 1) {
    const name = path.join(context, "application", String(file % 50), String(file));
    await mkdir(path.dirname(name), { recursive: true });
    await writeFile(name, `${file}\n${text}`);
  }
  return context;
}
