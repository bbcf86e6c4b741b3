import { optionsArgument, readCheckOptions } from "../dockerfile/checks/options.ts";
import type { ImageConfig } from "../image/config.ts";
import { checkDockerfile, violationOf } from "../plan/checks/check-dockerfile.ts";
import type { BuildScope } from "./scope.ts";
import type { StageStart } from "./stage-state.ts";

/**
 * Warns of what the build checks find, before anything is built. Base images are resolved for it as
 * the build would do later, once for both. What else is wrong is left for the build to say.
 *
 * @throws DOCKERFILE_INVALID when there are warnings, and the Dockerfile wants to have none
 * @throws DOCKERFILE_SYNTAX, USAGE_INVALID_VALUE for malformed options of the checks
 */
export async function warnOfChecks(source: Uint8Array, build: BuildScope): Promise<void> {
  const { plan, ports, request } = build;
  const options = readCheckOptions(source, request.buildArgs.get(optionsArgument));
  const { warnings } = await checkDockerfile({
    ...request,
    source,
    file: plan.dockerfile.file,
    allStages: false,
    ignore: ports.context.ignore?.patterns ?? [],
    resolve: async (image, platform) => configOf(await build.baseImage(image, platform)),
  });
  for (const { rule, message, location } of warnings) {
    ports.log.warn(message, { rule, at: `${location.file}:${location.firstLine}` });
  }
  const violation = violationOf(warnings, options);
  if (violation !== undefined) throw violation;
}

function configOf({ platform, config, history, layers }: StageStart): ImageConfig {
  return {
    ...platform,
    config,
    history,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
}
