import { parseBoolean } from "../dockerfile/parse-boolean.ts";
import { UsageError } from "../errors/usage-error.ts";

/** What `--git` says of a context that is a repository; undefined where it says nothing. */
export interface GitOptions {
  /** A branch, or else a tag. */
  readonly branch: string | undefined;
  /** Commits of history; 0 is all. */
  readonly depth: number | undefined;
  readonly submodules: boolean | undefined;
  readonly skipsTlsVerify: boolean;
}

const switches = ["single-branch", "recurse-submodules", "insecure-skip-tls"] as const;
const keys: readonly string[] = ["branch", "depth", ...switches];

/**
 * Reads `KEY=VALUE` texts, with commas between several, as kaniko's `--git` has them; a key that is a switch may stand
 * alone. The last one of a key wins. `single-branch` changes nothing: what is not asked for is never fetched.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseGitOptions(flag: string, texts: readonly string[]): GitOptions {
  const values = new Map<string, string>();
  for (const field of texts.flatMap((text) => text.split(","))) {
    const [, key = field, value] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    const isSwitch = switches.some((each) => each === key);
    if (!keys.includes(key) || (value ?? (isSwitch ? "true" : "")) === "") {
      throw invalid(flag, field);
    }
    values.set(key, value ?? "true");
  }
  const truth = (key: (typeof switches)[number]): boolean | undefined => {
    const text = values.get(key);
    const value = text === undefined ? undefined : parseBoolean(text);
    if (text !== undefined && value === undefined) throw invalid(flag, `${key}=${text}`);
    return value;
  };
  truth("single-branch");
  return {
    branch: values.get("branch"),
    depth: readDepth(flag, values.get("depth")),
    submodules: truth("recurse-submodules"),
    skipsTlsVerify: truth("insecure-skip-tls") ?? false,
  };
}

function readDepth(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw invalid(flag, `depth=${text}`);
  return Number(text);
}

function invalid(flag: string, field: string): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `${flag} does not take ${JSON.stringify(field)}`, {
    hint: "It takes branch=NAME, depth=NUMBER, single-branch, recurse-submodules and insecure-skip-tls, with =true or =false behind these",
  });
}
