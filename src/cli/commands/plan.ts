import { parseDockerfile } from "../../dockerfile/parse.ts";
import { planBuild } from "../../plan/build-plan.ts";
import { explainPlan } from "../../plan/explain.ts";
import { formatPlan } from "../../plan/explain-text.ts";
import { withBaseConfigs } from "../base-configs.ts";
import { findDockerfile } from "../find-dockerfile.ts";
import { planRequestOf, type RunQuery } from "../query-options.ts";

/** `slipway plan`: the stages and steps that a build would go through, and why, without building. */
export const runPlan: RunQuery = async (options, run) => {
  const { bytes, file } = findDockerfile(options, run);
  const plan = planBuild(parseDockerfile(bytes, file), planRequestOf(options));
  const explained = await withBaseConfigs(options, run, (resolve) => explainPlan(plan, resolve));
  const isJson = options.format === "json";
  run.print(isJson ? `${JSON.stringify(explained, null, 2)}\n` : formatPlan(explained));
  return 0;
};
