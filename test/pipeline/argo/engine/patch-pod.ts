import { parse } from "yaml";
import type { Container, Volume } from "../manifest.ts";
import type { Pod } from "./execution.ts";

interface PodSpecPatch {
  readonly containers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly securityContext?: Pod["securityContext"];
  readonly [field: string]: unknown;
}

/**
 * Merges `podSpecPatch` texts into a pod. Limits are requests as well where nothing else is said.
 *
 * @throws Error when a patch is no YAML.
 */
export function patchPod(pod: Pod, patches: readonly (string | undefined)[]): Pod {
  let patched = pod;
  for (const text of patches) {
    if (text !== undefined) patched = mergePatch(patched, (parse(text) ?? {}) as PodSpecPatch);
  }
  const { main } = patched;
  if (main.resources?.["limits"] === undefined) return patched;
  const { limits, requests = {} } = main.resources;
  const resources = { limits, requests: { ...limits, ...requests } };
  return { ...patched, main: { ...main, resources } };
}

function mergePatch(pod: Pod, patch: PodSpecPatch): Pod {
  const { containers = [], volumes = [], securityContext = {}, ...more } = patch;
  const own = containers.find(({ name }) => name === "main") ?? {};
  const kept = pod.volumes.filter(({ name }) => !volumes.some((each) => each.name === name));
  return {
    ...pod,
    main: merge(pod.main, own),
    volumes: [...kept, ...volumes],
    securityContext: merge(pod.securityContext, securityContext),
    more: merge(pod.more, more),
  };
}

/** Merges maps. Of lists, those of maps with names are merged by name, and others replaced. */
function merge<Value>(below: Value, above: unknown): Value {
  if (isNamedList(below) && isNamedList(above)) {
    const kept = below.filter(({ name }) => !above.some((each) => each.name === name));
    return [...kept, ...above] as Value;
  }
  if (!isMap(below) || !isMap(above)) return above as Value;
  const merged = Object.entries(above).map(([key, value]) => [key, merge(below[key], value)]);
  return { ...below, ...(Object.fromEntries(merged) as object) };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is readonly { readonly name: string }[] {
  return Array.isArray(value) && value.every((each) => isMap(each) && "name" in each);
}
