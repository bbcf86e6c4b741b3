import { expand } from "../../tekton/pod/environment.ts";
import type { VolumeContents } from "../../tekton/run/pod-volumes.ts";
import type { Container, EnvironmentVariable } from "../manifest.ts";

interface KeyReference {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

/**
 * A container's own variables, in whose values those before can be used.
 *
 * @throws Error when the cluster does not have the Secret or ConfigMap of one.
 */
export function environmentOf(
  { env = [], envFrom }: Container,
  contents: VolumeContents,
): Readonly<Record<string, string>> {
  if (envFrom !== undefined) throw new Error("envFrom is not emulated");
  const own: Record<string, string> = {};
  for (const variable of env) {
    const value = valueOf(variable, contents);
    if (value !== undefined) own[variable.name] = expand(value, own);
  }
  return own;
}

function valueOf(
  { name, value = "", valueFrom }: EnvironmentVariable,
  { secrets, configMaps }: VolumeContents,
): string | undefined {
  if (valueFrom === undefined) return value;
  const ofSecret = valueFrom["secretKeyRef"] as KeyReference | undefined;
  const reference = ofSecret ?? (valueFrom["configMapKeyRef"] as KeyReference | undefined);
  if (reference === undefined) throw new Error(`the source of ${name} is not emulated`);
  const text = (ofSecret === undefined ? configMaps : secrets)?.[reference.name]?.[reference.key];
  if (text !== undefined || reference.optional === true) return text;
  throw new Error(`couldn't find key ${reference.key} in "${reference.name}"`);
}
