import { openDirectoryContext } from "../../context/open-context.ts";
import type { CheckWarning } from "../../dockerfile/checks/reporter.ts";
import { checkRules } from "../../dockerfile/checks/rules.ts";
import type { BuilderError } from "../../errors/builder-error.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { type CheckResult, checkDockerfile } from "../../plan/checks/check-dockerfile.ts";
import { withBaseConfigs } from "../base-configs.ts";
import { findDockerfile } from "../find-dockerfile.ts";
import { planRequestOf, type RunQuery } from "../query-options.ts";
import { excerptOf, formatError } from "../report-error.ts";

type Sources = ReadonlyMap<string, string>;

/**
 * `slipway check`: checks a Dockerfile, all of its stages where none is named. The exit code is 1 when
 * there is anything to say.
 */
export const runCheck: RunQuery = async (options, run) => {
  const { bytes, contextDirectory, file, path } = findDockerfile(options, run);
  const { ignore } = openDirectoryContext(contextDirectory, path);
  const result = await withBaseConfigs(options, run, (resolve) =>
    checkDockerfile({
      ...planRequestOf(options),
      source: bytes,
      file,
      allStages: options.target === undefined,
      ignore: ignore?.patterns ?? [],
      resolve,
    }),
  );
  run.print(options.format === "json" ? formatJson(result) : formatText(result, run.sources));
  return result.warnings.length > 0 || result.error !== undefined ? 1 : 0;
};

function formatText({ warnings, error }: CheckResult, sources: Sources): string {
  const parts = warnings.map((warning) => formatWarning(warning, sources));
  if (error !== undefined) parts.push(formatError(error, { format: "text", sources }));
  return parts.length === 0 ? "nothing to warn of\n" : parts.join("\n");
}

function formatWarning({ rule, message, location }: CheckWarning, sources: Sources): string {
  const lines = [
    `warning: ${message} (${rule})`,
    ...excerptOf(location, sources),
    `see docs/checks/${checkRules[rule].page}.md`,
  ];
  return `${lines.join("\n")}\n`;
}

function formatJson({ warnings, error }: CheckResult): string {
  const found = warnings.map(({ rule, message, location }) => {
    const { description, url } = checkRules[rule];
    return { rule, description, message, url, location };
  });
  const buildError = error === undefined ? {} : { buildError: describeError(error) };
  return `${JSON.stringify({ warnings: found, ...buildError }, null, 2)}\n`;
}

function describeError(error: BuilderError): object {
  const { code, message, location } = error;
  const others = error instanceof DockerfileError ? error.others : [];
  return { code, message, locations: location === undefined ? [] : [location, ...others] };
}
