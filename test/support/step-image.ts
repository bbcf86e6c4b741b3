import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { cacheDirectory, debianImage } from "./debian-image.ts";
import { startDockerRegistry } from "./docker-registry.ts";
import { writeNodeContext } from "./node-image.ts";
import { layoutTag } from "./oci-layout.ts";
import { pushWithSkopeo } from "./peers.ts";

const run = promisify(execFile);

const debian = "debian:bookworm-slim";
const node = `node:${packageJson.devDependencies.node}-bookworm-slim`;

/** What the image is made of, besides all files of `src`. */
const inputs = ["Dockerfile", "package.json", "package-lock.json", ".npmrc", "LICENSE"];
/** What makes the images that it is made from. */
const recipes = ["test/support/node-image.ts", "test/support/step-image.ts"];

/** Times in the image are no later, in seconds since 1970: that of the first day of 2026. */
const sourceDateEpoch = "1767225600";

/** A target of the Dockerfile: the step image, or the one with a shell. */
export type StepTarget = "step" | "debug";

/**
 * Gives the OCI layout of the step image for what Dockerfile and `src` are now. It is kept in the
 * user's cache directory, since making it takes a minute.
 */
export async function stepImage(target: StepTarget = "step"): Promise<string> {
  const kept = await keptLayout(target);
  return existsSync(kept) ? kept : makeStepImage(target);
}

/** Builds the step image and keeps it, also where one is kept already. */
export async function makeStepImage(target: StepTarget = "step"): Promise<string> {
  const kept = await keptLayout(target);
  await mkdir(cacheDirectory(), { recursive: true });
  const scratch = await mkdtemp(`${kept}.`);
  try {
    const layout = path.join(scratch, "layout");
    await buildStepImage({ layout, target });
    await rm(kept, { recursive: true, force: true });
    await rename(layout, kept);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return kept;
}

/** The newest step image that is kept, whatever it was made of, or a new one. */
export async function newestStepImage(target: StepTarget = "step"): Promise<string> {
  const pattern = new RegExp(`^${target}-image-[0-9a-f]+$`);
  const names = (await readdir(cacheDirectory())).filter((name) => pattern.test(name));
  const paths = names.map((name) => path.join(cacheDirectory(), name));
  const times = await Promise.all(paths.map(async (name) => (await stat(name)).mtimeMs));
  return paths[times.indexOf(Math.max(...times))] ?? stepImage(target);
}

async function keptLayout(target: StepTarget): Promise<string> {
  return path.join(cacheDirectory(), `${target}-image-${await fingerprint()}`);
}

/** What `buildStepImage` is to make. */
export interface StepImageBuild {
  /** A directory that does not exist. */
  readonly layout: string;
  readonly target: StepTarget;
}

/**
 * Builds the project's Dockerfile with the slipway of `src`, and writes the image as an OCI layout. The images that the Dockerfile names are made from this machine's packages.
 */
export async function buildStepImage({ layout, target }: StepImageBuild): Promise<void> {
  const scratch = await mkdtemp(`${layout}.`);
  await using registry = await startDockerRegistry();
  const slipway = async (args: readonly string[]): Promise<void> => {
    const given = ["src/cli/main.ts", "build", `--work-dir=${scratch}`, ...args];
    const map = [
      `--registry-map=docker.io=${registry.host}`,
      `--insecure-registry=${registry.host}`,
    ];
    const environment = { ...process.env, SOURCE_DATE_EPOCH: sourceDateEpoch };
    await run(process.execPath, [...given, ...map], { env: environment, maxBuffer: 1 << 28 });
  };
  try {
    await pushWithSkopeo(await debianImage(), `${registry.host}/library/${debian}`);
    const nodeContext = path.join(scratch, "node");
    await writeNodeContext(nodeContext, debian);
    await slipway([
      `--context=${nodeContext}`,
      `--dockerfile=${nodeContext}/Dockerfile`,
      `--destination=${registry.host}/library/${node}`,
    ]);
    const context = path.join(scratch, "context");
    for (const input of [...inputs, "src"]) {
      await cp(input, path.join(context, input), { recursive: true });
    }
    await slipway([
      `--context=${context}`,
      `--dockerfile=${context}/Dockerfile`,
      `--build-arg=VERSION=${packageJson.version}`,
      `--target=${target}`,
      "--no-push",
      `--destination=slipway:${layoutTag}`,
      `--oci-layout-path=${layout}`,
    ]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const sources = await readdir("src", { recursive: true, withFileTypes: true });
  const files = sources.filter((entry) => entry.isFile());
  const names = files.map((entry) => path.join(entry.parentPath, entry.name)).toSorted();
  for (const name of [...inputs, ...recipes, ...names]) {
    const content = await readFile(name);
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  hash.update(await readFile(path.join(await debianImage(), "index.json")));
  return hash.digest("hex").slice(0, 16);
}
