import type { StepContainer } from "../step-container.ts";
import type { VolumeContents } from "./pod-volumes.ts";

/**
 * The variables that a step has besides those of its image.
 *
 * @throws Error where a value comes from what is not here, or from elsewhere than Secrets and ConfigMaps.
 */
export function stepVariables(
  { envSeen = {} }: StepContainer,
  contents: VolumeContents,
): Readonly<Record<string, string>> {
  const found = Object.entries(envSeen).flatMap(([name, value]) => {
    if (typeof value === "string") return [[name, value]];
    const text = valueOf(name, value.from as ValueSource, contents);
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

/** The value of a key of a Secret or ConfigMap; undefined where it need not be there. */
function valueOf(name: string, source: ValueSource, contents: VolumeContents): string | undefined {
  const { secretKeyRef, configMapKeyRef } = source;
  const reference = secretKeyRef ?? configMapKeyRef;
  const objects = secretKeyRef === undefined ? contents.configMaps : contents.secrets;
  const text = reference && objects?.[reference.name]?.[reference.key];
  if (text !== undefined || reference?.optional === true) return text;
  throw new Error(`there is no value for the variable ${name}`);
}

/** Where a variable's value comes from, as far as that is emulated. */
interface ValueSource {
  readonly secretKeyRef?: KeyReference;
  readonly configMapKeyRef?: KeyReference;
}

interface KeyReference {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}
