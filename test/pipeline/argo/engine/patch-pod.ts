import { parse } from "yaml";
import type { Container } from "../manifest.ts";
import type { Pod } from "./execution.ts";

/** Merges `podSpecPatch` texts; limits are requests as well where nothing else is said. */
export function patchPod(pod: Pod, patches: readonly (string | undefined)[]): Pod {
  let { main } = pod;
  for (const text of patches) {
    const { containers = [] } = (text === undefined ? {} : parse(text)) as {
      readonly containers?: readonly Container[];
    };
    const own = containers.find(({ name }) => name === "main");
    main = own === undefined ? main : (merge(main, own) as Container);
  }
  if (main.resources?.["limits"] === undefined) return { ...pod, main };
  const { limits, requests = {} } = main.resources;
  return { ...pod, main: { ...main, resources: { limits, requests: { ...limits, ...requests } } } };
}

function merge(below: unknown, above: unknown): unknown {
  if (!isMap(below) || !isMap(above)) return above;
  const merged = Object.entries(above).map(([key, value]) => [key, merge(below[key], value)]);
  return { ...below, ...(Object.fromEntries(merged) as object) };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
