import { join } from "node:path";
import { percentDecode } from "../../dockerfile/percent-encoding.ts";
import { errnoOf } from "../../errors/filesystem-error.ts";
import type { Logger } from "../../log/logger.ts";
import { readIfThere } from "../../support/read-if-there.ts";

/** A line of a file of git's credential store. */
export interface StoredLogin {
  /** What it is for: scheme, host, and a path where there is one. */
  readonly scope: URL;
  readonly username: string;
  readonly password: string;
  /** The file; absolute. */
  readonly from: string;
}

/**
 * Reads `.git-credentials` of all `homes`, as `git credential-store` writes it and Tekton does for Secrets of
 * the type basic-auth. git itself is not let near it: it would remove what a server refuses.
 */
export async function readStoredLogins(
  homes: readonly string[],
  log: Logger,
): Promise<readonly StoredLogin[]> {
  const logins: StoredLogin[] = [];
  for (const home of homes) {
    const from = join(home, ".git-credentials");
    const text = await readIfThere(from).catch((error: unknown) => {
      log.warn("credentials of git cannot be read", { file: from, reason: errnoOf(error) });
      return "";
    });
    logins.push(...text.split("\n").flatMap((line) => readLine(line.trim(), from)));
  }
  return logins;
}

function readLine(line: string, from: string): StoredLogin[] {
  if (!/^https?:\/\//i.test(line) || !URL.canParse(line)) return [];
  const scope = new URL(line);
  const [username, password] = [percentDecode(scope.username), percentDecode(scope.password)];
  scope.username = "";
  scope.password = "";
  if (username === undefined || password === undefined || password === "") return [];
  return [{ scope, username, password, from }];
}
