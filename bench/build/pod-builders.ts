import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import type { PodImage } from "../../test/support/pod-image.ts";
import { podCommand } from "../../test/support/pods.ts";
import { type Measurement, measure } from "../measure.ts";
import { podImage } from "../pods/image.ts";
import { type Builder, type BuildRequest, slipwayArguments } from "./builders.ts";

/** The profile that both are measured in: where kaniko can work, and slipway swaps files into `/`. */
const profile = "default";

type PodLayers = Pick<PodImage, "layers" | "environment" | "entrypoint">;

/** slipway as its step image in a pod. `scratch` is a directory for what changes in the image. */
export async function slipwayInPod(scratch: string): Promise<Builder> {
  const image = await podImage({ bundle: true, debug: false }, scratch);
  const places = ["--context=/context", "--dockerfile=/context/Dockerfile"];
  return {
    name: "slipway in a pod",
    own: true,
    build: (request) => {
      const command = [...image.entrypoint, "build", ...places, ...slipwayArguments(request)];
      return inPod(request, image, command);
    },
  };
}

/** kaniko's executor in the same kind of pod; the image around it is like kaniko's own, without helpers for clouds. */
export async function kanikoInPod(executor: string, scratch: string): Promise<Builder> {
  await mkdir(path.join(scratch, "kaniko/.docker"), { recursive: true });
  await mkdir(path.join(scratch, "workspace"));
  await chmod(path.join(scratch, "kaniko"), 0o777);
  await copyFile(executor, path.join(scratch, "kaniko/executor"));
  await chmod(path.join(scratch, "kaniko/executor"), 0o755);
  const image: PodLayers = {
    layers: () => Promise.resolve([scratch]),
    entrypoint: ["/kaniko/executor"],
    environment: {
      HOME: "/root",
      USER: "root",
      PATH: "/usr/local/bin:/kaniko",
      DOCKER_CONFIG: "/kaniko/.docker/",
    },
  };
  return { name: "kaniko in a pod", build: (request) => inPod(request, image, kaniko(request)) };
}

function kaniko({ registry, destination, cached }: BuildRequest): readonly string[] {
  // As slipway does, it is to keep the layers of COPY too.
  const repository = destination.slice(0, destination.lastIndexOf(":"));
  const cache = ["--cache=true", "--cache-copy-layers", `--cache-repo=${repository}/cache`];
  return [
    "/kaniko/executor",
    "--force",
    "--context=dir:///context",
    "--dockerfile=/context/Dockerfile",
    `--build-arg=REGISTRY=${registry}`,
    `--insecure-registry=${registry}`,
    `--destination=${destination}`,
    ...(cached ? cache : []),
  ];
}

/** Measures a command in a new pod, from the start of the container to its end. */
async function inPod(
  { context, scratch }: BuildRequest,
  image: PodLayers,
  command: readonly string[],
): Promise<Measurement> {
  const container = await mkdtemp(path.join(scratch, "pod-"));
  await chmod(container, 0o711);
  try {
    const pod = await podCommand({
      profile,
      layers: await image.layers(0),
      scratch: container,
      environment: image.environment,
      options: [`--mount=${context}:/context:ro`],
      command,
    });
    return await measure(pod);
  } finally {
    await rm(container, { recursive: true, force: true });
  }
}
