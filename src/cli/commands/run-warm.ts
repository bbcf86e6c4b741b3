import { parseDockerfile } from "../../dockerfile/parse.ts";
import { createLogger } from "../../log/create-logger.ts";
import { baseImageOf, imagesNamedBy } from "../../plan/base-configs.ts";
import { planStages } from "../../plan/build-plan.ts";
import { type WarmImage, warm } from "../../transfer/warm.ts";
import type { BuildRun } from "../build-options.ts";
import { findDockerfile } from "../find-dockerfile.ts";
import { withLocalSource } from "../local-source.ts";
import { openRegistryClient } from "../open-registry-client.ts";
import { planRequestOf } from "../query-options.ts";
import type { RunWarm, WarmSource } from "../warm-options.ts";

/** `slipway warm`: fetches images into the directory that builds keep base images in. */
export const runWarm: RunWarm = async (options, run) => {
  const { notices, showStatus: status, signal, writeError } = run;
  const log = createLogger({ ...options.log, destination: { write: writeError, status } });
  for (const notice of notices) log.warn(notice);
  const { directory, force, platform, source } = options;
  const named = options.images.map((reference) => ({ reference, platform }));
  const used =
    source === undefined
      ? []
      : await withLocalSource(source, run, (local) => Promise.resolve(imagesUsed(local, run)));
  await using client = await openRegistryClient(options, log);
  await warm({ images: [...named, ...used], directory, force }, { client, log, signal });
  return 0;
};

/** The images that any stage of the Dockerfile uses, whether or not its last stage needs that stage. */
function imagesUsed(source: WarmSource, run: BuildRun): readonly WarmImage[] {
  const { bytes, file } = findDockerfile(source, run);
  const plan = planStages(parseDockerfile(bytes, file), planRequestOf(source));
  const used = plan.stages.flatMap(({ stage }, index) => [
    ...[baseImageOf(index, plan) ?? []].flat(),
    ...stage.instructions.flatMap((instruction) => imagesNamedBy(instruction, index, plan)),
  ]);
  return used.flatMap(({ source: image, platform }) =>
    image.kind === "image" ? [{ reference: image.reference, platform }] : [],
  );
}
