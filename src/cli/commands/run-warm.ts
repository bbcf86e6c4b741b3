import { readDockerfile } from "../../context/read-dockerfile.ts";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import { createLogger } from "../../log/create-logger.ts";
import { baseImageOf, imagesNamedBy } from "../../plan/base-configs.ts";
import { planStages } from "../../plan/build-plan.ts";
import { assertBuiltInFrontend } from "../../plan/frontend.ts";
import { type WarmImage, warm } from "../../transfer/warm.ts";
import type { BuildRun } from "../build-options.ts";
import { openRegistryClient } from "../open-registry-client.ts";
import type { RunWarm, WarmOptions } from "../warm-options.ts";

/** `slipway warm`: fetches images into the directory that builds keep base images in. */
export const runWarm: RunWarm = async (options, run) => {
  const { notices, signal, writeError } = run;
  const log = createLogger({ ...options.log, destination: { write: writeError } });
  for (const notice of notices) log.warn(notice);
  const { directory, force, platform } = options;
  const named = options.images.map((reference) => ({ reference, platform }));
  const images = [...named, ...imagesOfDockerfile(options, run)];
  await using client = await openRegistryClient(options, log);
  await warm({ images, directory, force }, { client, log, signal });
  return 0;
};

/** The images that any stage of the Dockerfile uses, whether or not its last stage needs that stage. */
function imagesOfDockerfile(options: WarmOptions, run: BuildRun): readonly WarmImage[] {
  if (options.dockerfile === undefined) return [];
  const { buildArgs, dockerfile, hostPlatform, platform, workspace } = options;
  const workingDirectory = process.cwd();
  const places = { workingDirectory, workspace, context: workingDirectory };
  const { bytes } = readDockerfile(dockerfile, places);
  const file = dockerfile.split("/").at(-1) ?? "Dockerfile";
  run.sources.set(file, bytes.toString("utf8"));
  assertBuiltInFrontend({ source: bytes, file, buildArgs });
  const plan = planStages(parseDockerfile(bytes, file), {
    target: undefined,
    buildArgs,
    namedContexts: new Map(),
    buildPlatform: hostPlatform,
    targetPlatform: platform,
  });
  const used = plan.stages.flatMap(({ stage }, index) => [
    ...[baseImageOf(index, plan) ?? []].flat(),
    ...stage.instructions.flatMap((instruction) => imagesNamedBy(instruction, index, plan)),
  ]);
  return used.flatMap(({ source, platform: wanted }) =>
    source.kind === "image" ? [{ reference: source.reference, platform: wanted }] : [],
  );
}
