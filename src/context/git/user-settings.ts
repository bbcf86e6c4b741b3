import { join } from "node:path";
import type { Logger } from "../../log/logger.ts";
import { runProgram } from "../../support/process.ts";

/** A setting of git: key and value. */
export type Setting = readonly [key: string, value: string];

/** What says how a server is reached. All else could change the files, or run programs. */
const taken = /^(?:url\..*\.insteadof|http\..*)$/s;

/**
 * Reads of `.gitconfig` of all `homes` how servers are reached: other addresses for them, proxies and certificates.
 * What the first home says comes last, and so counts.
 */
export async function readUserSettings(
  homes: readonly string[],
  { env, log }: { readonly env: NodeJS.ProcessEnv; readonly log: Logger },
): Promise<readonly Setting[]> {
  const settings: Setting[] = [];
  for (const home of homes.toReversed()) {
    const file = join(home, ".gitconfig");
    const list = ["config", "--file", file, "--includes", "--null", "--list"];
    const result = await runProgram(["git", ...list], { env: { ...env, HOME: home } });
    if (result.kind !== "exited") continue;
    const complaint = result.stderr.toString("utf8").trim();
    if (result.code !== 0 && !complaint.includes("No such file")) {
      log.warn("git's configuration cannot be read", { file, reason: complaint });
    }
    for (const text of result.stdout.toString("utf8").split("\0")) {
      const [key = "", ...lines] = text.split("\n");
      if (taken.test(key)) settings.push([key, lines.join("\n")]);
    }
  }
  return settings;
}
