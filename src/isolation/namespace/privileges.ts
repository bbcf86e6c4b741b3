import { type ProgramResult, runProgram } from "../../support/process.ts";
import type { Refusal, RungProbe } from "../refusal.ts";
import { lackingCapabilities, ownRights } from "./own-rights.ts";
import { cannotMap, cannotUnshare, mappingCapabilities } from "./refusals.ts";

/**
 * How slipway can get namespaces of its own.
 * - `root` is who is root in them: `real` needs no user namespace, `mapped` is in one where all ids
 *   are what they are outside, `subordinate` maps the user's ranges of /etc/subuid and /etc/subgid,
 *   `single` maps the user's own id alone.
 * - `processes` tells whether they have process ids and a /proc of their own.
 */
export interface NamespacePrivileges {
  readonly root: "real" | "mapped" | "subordinate" | "single";
  readonly processes: "own" | "shared";
}

/** Tries to make namespaces, the most capable ones first, in processes that end at once. */
export async function namespacePrivileges(
  signal: AbortSignal,
): Promise<RungProbe<NamespacePrivileges>> {
  const { roots, lacking } = await possibleRoots();
  const choices = roots.flatMap((root) => [
    { root, processes: "own" } as const,
    { root, processes: "shared" } as const,
  ]);
  let reason = "";
  for (const privileges of choices) {
    const result = await runProgram([...enter(privileges), "unshare", "--version"], { signal });
    const works = result.kind === "exited" && result.code === 0;
    if (works && lacking.length === 0) return { works, rung: privileges };
    if (works) return refusedBy(cannotMap(`slipway lacks ${lacking.join(", ")}`, lacking));
    reason = refusal(result);
  }
  // The last attempt asks for the least: what is in its way is in the way of all.
  return refusedBy(cannotUnshare(reason, lacking));
}

function refusedBy(refused: Refusal): RungProbe<NamespacePrivileges> {
  return { works: false, refusals: [refused] };
}

/** Who can be root for this process, and which capabilities it lacks for that in any case. */
async function possibleRoots(): Promise<{
  readonly roots: readonly NamespacePrivileges["root"][];
  readonly lacking: readonly string[];
}> {
  const rights = await ownRights();
  const isLimited = lackingCapabilities(rights, ["CAP_SYS_ADMIN"]).length > 0;
  if (process.geteuid?.() !== 0) return { roots: ["subordinate", "single"], lacking: [] };
  if (!isLimited) return { roots: ["real", "mapped"], lacking: [] };
  return { roots: ["mapped"], lacking: lackingCapabilities(rights, mappingCapabilities) };
}

/**
 * The arguments that run the command which follows them in new namespaces (util-linux, unshare(1)).
 * Of `mapped` root the ids are still to be mapped when the command runs, from outside (`mapOwnIds`);
 * until then it may do in its namespaces what root may, but has the owner's access to files only.
 */
export function enter(privileges: NamespacePrivileges): [string, ...string[]] {
  // When unshare ends, the first process in the namespaces does, and all others with it.
  const always = ["--mount", "--propagation", "private", "--fork", "--kill-child"];
  const users = {
    real: [],
    mapped: ["--user", "--keep-caps"],
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
