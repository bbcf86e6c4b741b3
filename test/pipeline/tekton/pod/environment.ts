import type { EnvironmentVariable } from "../manifests.ts";
import type { StepContainer } from "../step-container.ts";

type Environment = NonNullable<StepContainer["envSeen"]>;

/** The environment as the kubelet makes it: a value may refer to earlier ones, a later one wins. */
export function environmentSeen(variables: readonly EnvironmentVariable[]): Environment {
  const environment: Record<string, string | { readonly from: unknown }> = {};
  for (const { name, value, valueFrom } of variables) {
    environment[name] =
      valueFrom === undefined ? expand(value ?? "", environment) : { from: valueFrom };
  }
  return environment;
}

/**
 * The kubelet's expansion of `$(NAME)`: `$$` is a dollar that refers to nothing, unknown names stay.
 * Values of Secrets and the like are not known here and stay too.
 */
export function expand(text: string, environment: Environment): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return typeof value === "string" ? value : whole;
  });
}
