import type { Repository } from "../image/reference.ts";
import type { Access } from "./host.ts";

/**
 * What a token shall allow: `repository:library/busybox:pull`
 * (https://distribution.github.io/distribution/spec/auth/scope/).
 */
export function repositoryScope({ path }: Repository, access: Access): string {
  return `repository:${path}:${access === "pull" ? "pull" : "pull,push"}`;
}

/** All that `scopes` allow, each resource once, in one order for equal sets. */
export function mergeScopes(scopes: readonly string[]): string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const colon = scope.lastIndexOf(":");
    const resource = scope.slice(0, Math.max(colon, 0));
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(colon + 1).split(",")) known.add(action);
    actions.set(resource, known);
  }
  return [...actions]
    .map(([resource, known]) => `${resource}:${[...known].toSorted().join(",")}`)
    .toSorted();
}
