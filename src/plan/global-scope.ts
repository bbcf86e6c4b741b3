import type { Environment } from "../dockerfile/expansion/environment.ts";
import { type Expansion, expandWord } from "../dockerfile/expansion/expand.ts";
import type { ArgDefinition, Dockerfile } from "../dockerfile/instruction.ts";
import { errorAt } from "../errors/builder-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";

/** What the values of a build's arguments depend on. */
export interface GlobalScopeRequest {
  /** `--build-arg`, by name. */
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  /** Value of TARGETSTAGE. */
  readonly targetStage: string;
}

/** Names that RUN sees without ARG, and that neither history nor cache keys hold. */
export const proxyArguments: ReadonlySet<string> = new Set(
  ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
);

/** An argument that is declared before the first FROM. */
export interface GlobalArgument {
  readonly definition: ArgDefinition;
  readonly location: SourceLocation;
  readonly value: string | undefined;
  /** The arguments that its default takes its value from. */
  readonly uses: ReadonlySet<string>;
}

/** The arguments of a file as a whole. */
export interface GlobalArguments {
  /**
   * What FROM lines see, and an `ARG NAME` without value brings into a stage: the predefined platform
   * arguments and those declared before the first FROM.
   */
  readonly scope: ReadonlyMap<string, string>;
  /** Those declared before the first FROM, in order. */
  readonly declared: readonly GlobalArgument[];
}

/**
 * Evaluates the arguments before the first FROM. `--build-arg` wins over their defaults, and over
 * those that are predefined.
 *
 * @throws DOCKERFILE_SYNTAX when a default cannot be expanded.
 */
export function evaluateGlobalArguments(
  dockerfile: Dockerfile,
  request: GlobalScopeRequest,
): GlobalArguments {
  const { buildArgs, buildPlatform, targetPlatform, targetStage } = request;
  const scope = new Map([
    ...platformArguments("BUILD", buildPlatform),
    ...platformArguments("TARGET", targetPlatform),
    ["TARGETSTAGE", targetStage] as const,
  ]);
  for (const name of scope.keys()) {
    const given = buildArgs.get(name);
    if (given !== undefined) scope.set(name, given);
  }
  const declared: GlobalArgument[] = [];
  for (const { args, location } of dockerfile.globalArgs) {
    for (const definition of args) {
      const { key, value: written } = definition;
      const isDefault = !buildArgs.has(key) && written !== undefined;
      const site = { location, escape: dockerfile.escape };
      const expansion = isDefault ? expandAt(written, scope, site) : undefined;
      const value = expansion?.text ?? buildArgs.get(key);
      if (value !== undefined) scope.set(key, value);
      declared.push({ definition, location, value, uses: expansion?.matched ?? new Set() });
    }
  }
  return { scope, declared };
}

/**
 * The scope of `evaluateGlobalArguments`.
 *
 * @throws DOCKERFILE_SYNTAX when a default cannot be expanded.
 */
export function evaluateGlobalScope(
  dockerfile: Dockerfile,
  request: GlobalScopeRequest,
): ReadonlyMap<string, string> {
  return evaluateGlobalArguments(dockerfile, request).scope;
}

/** Where an expansion stands, for its errors, and the escape character in force there. */
export interface ExpansionSite {
  readonly location: SourceLocation;
  readonly escape: Dockerfile["escape"];
}

/**
 * Expands one word of a Dockerfile.
 *
 * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID, with the location.
 */
export function expandAt(word: string, environment: Environment, site: ExpansionSite): Expansion {
  try {
    return expandWord(word, environment, { escape: site.escape });
  } catch (error) {
    throw errorAt(error, site.location);
  }
}

function platformArguments(prefix: string, platform: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform["os.version"] ?? ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
