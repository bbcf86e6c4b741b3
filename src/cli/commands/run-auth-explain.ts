import { listCredentialsSources } from "../../registry/credentials/credentials-sources.ts";
import {
  type CredentialsReport,
  explainCredentials,
  type SourceReport,
} from "../../registry/explain-credentials.ts";
import type { RunAuthExplain } from "../auth-options.ts";
import { userAgent } from "../open-registry-client.ts";

/** `slipway auth explain`: asks helpers and clouds for real. The exit code is 1 where a source fails. */
export const runAuthExplain: RunAuthExplain = async (options, { print, signal }) => {
  // Warnings are among the reasons that are shown.
  const sources = await listCredentialsSources(options.credentials, () => undefined);
  const report = await explainCredentials(options.repository, {
    sources,
    registries: options.registry,
    environment: options.credentials.environment,
    userAgent,
    signal,
  });
  print(options.format === "json" ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
  return report.sources.some(({ said }) => said === "failed") ? 1 : 0;
};

function formatReport({ repository, sources, used }: CredentialsReport): string {
  const width = Math.max(...sources.map(({ source }) => source.length));
  const rows = sources.flatMap((report) =>
    linesOf(report).map((line, index) => {
      const name = index === 0 ? report.source : "";
      return `  ${name.padEnd(width)}  ${line}`;
    }),
  );
  return `${[`${repository}: ${summaryOf(sources, used)}`, "", ...rows].join("\n")}\n`;
}

function summaryOf(sources: readonly SourceReport[], used: string | null): string {
  if (used !== null) return `the credentials of ${used} are used`;
  const fails = sources.some(({ said }) => said === "failed");
  return fails ? "a source fails, and a build would end" : "there are no credentials";
}

function linesOf(report: SourceReport): readonly string[] {
  if (report.said === "not-asked") return ["not asked"];
  if (report.said === "absent") return [`none: ${report.reason}`];
  if (report.said === "failed") return [`failed: ${report.reason} (${report.code})`, report.hint];
  const secret = report.username === null ? "an identity token" : `${report.username}:***`;
  return [`found: ${secret}, ${report.origin}`];
}
