import { parseDockerfile } from "../../dockerfile/parse.ts";
import { listTargets, outlineTarget } from "../../plan/outline.ts";
import { formatOutline } from "../../plan/outline-text.ts";
import { withBaseConfigs } from "../base-configs.ts";
import { findDockerfile } from "../find-dockerfile.ts";
import { planRequestOf, type RunQuery } from "../query-options.ts";

/** `slipway outline`: what a target takes from outside, and which targets there are. */
export const runOutline: RunQuery = async (options, run) => {
  const { bytes, file } = findDockerfile(options, run);
  const dockerfile = parseDockerfile(bytes, file);
  const outline = await withBaseConfigs(options, run, (resolve) =>
    outlineTarget(dockerfile, planRequestOf(options), resolve),
  );
  const answer = { ...outline, targets: listTargets(dockerfile) };
  const isJson = options.format === "json";
  run.print(isJson ? `${JSON.stringify(answer, null, 2)}\n` : formatOutline(answer));
  return 0;
};
