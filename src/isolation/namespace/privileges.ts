import { type ProgramResult, runProgram } from "../../support/process.ts";
import type { Refusal, RungProbe } from "../refusal.ts";

/**
 * How slipway can get namespaces of its own.
 * - `root` is who is root in them: `real` needs no user namespace, `subordinate` maps the user's
 *   ranges of /etc/subuid and /etc/subgid, `single` maps the user's own id alone.
 * - `processes` tells whether they have process ids and a /proc of their own.
 */
export interface NamespacePrivileges {
  readonly root: "real" | "subordinate" | "single";
  readonly processes: "own" | "shared";
}

const choices: readonly NamespacePrivileges[] = [
  { root: "real", processes: "own" },
  { root: "real", processes: "shared" },
  { root: "subordinate", processes: "own" },
  { root: "subordinate", processes: "shared" },
  { root: "single", processes: "own" },
  { root: "single", processes: "shared" },
];

/** Tries to make namespaces, the most capable ones first, in processes that end at once. */
export async function namespacePrivileges(
  signal: AbortSignal,
): Promise<RungProbe<NamespacePrivileges>> {
  const reasons = new Set<string>();
  for (const privileges of choices) {
    const result = await runProgram([...enter(privileges), "unshare", "--version"], { signal });
    if (result.kind === "exited" && result.code === 0) return { works: true, rung: privileges };
    reasons.add(`${privileges.root} root: ${refusal(result)}`);
  }
  const refused: Refusal = {
    rung: "namespace",
    reason: `namespaces cannot be made (${[...reasons].join("; ")})`,
    remedy:
      "leave seccompProfile unset and appArmorProfile.type: Unconfined in the securityContext, or run as root with CAP_SYS_ADMIN",
  };
  return { works: false, refusals: [refused] };
}

/** The arguments that run the command which follows them in new namespaces (util-linux, unshare(1)). */
export function enter(privileges: NamespacePrivileges): [string, ...string[]] {
  // When unshare ends, the first process in the namespaces does, and all others with it.
  const always = ["--mount", "--propagation", "private", "--fork", "--kill-child"];
  const users = {
    real: [],
    subordinate: ["--user", "--map-root-user", "--map-auto"],
    single: ["--user", "--map-root-user"],
  };
  const processes = { own: ["--pid", "--mount-proc"], shared: [] };
  const { root } = privileges;
  return ["unshare", ...always, ...users[root], ...processes[privileges.processes], "--"];
}

function refusal(result: ProgramResult): string {
  if (result.kind === "not-started") return `cannot run unshare: ${result.errno}`;
  const said = result.stderr.toString().trim().split("\n")[0] ?? "";
  return said === "" ? "unshare failed" : said;
}
