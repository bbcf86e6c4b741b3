import type { Environment } from "../dockerfile/expansion/environment.ts";
import { type Expansion, expandWord } from "../dockerfile/expansion/expand.ts";
import type { Dockerfile } from "../dockerfile/instruction.ts";
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

/**
 * The arguments that FROM lines see, and that an `ARG NAME` without value brings into a stage: the
 * predefined platform arguments and those declared before the first FROM. `--build-arg` wins over
 * both.
 *
 * @throws DOCKERFILE_SYNTAX when a default cannot be expanded.
 */
export function evaluateGlobalScope(
  dockerfile: Dockerfile,
  request: GlobalScopeRequest,
): ReadonlyMap<string, string> {
  const scope = new Map([
    ...platformArguments("BUILD", request.buildPlatform),
    ...platformArguments("TARGET", request.targetPlatform),
    ["TARGETSTAGE", request.targetStage] as const,
  ]);
  for (const name of scope.keys()) {
    const given = request.buildArgs.get(name);
    if (given !== undefined) scope.set(name, given);
  }
  for (const { args, location } of dockerfile.globalArgs) {
    for (const { key, value } of args) {
      const given = request.buildArgs.get(key);
      if (given !== undefined) scope.set(key, given);
      else if (value !== undefined) {
        scope.set(key, expandAt(value, scope, { location, escape: dockerfile.escape }).text);
      }
    }
  }
  return scope;
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
