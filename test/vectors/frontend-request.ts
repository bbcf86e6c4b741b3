import { RegistryError } from "../../src/errors/registry-error.ts";
import type { ContainerConfig, ImageConfig } from "../../src/image/config.ts";
import type { Digest } from "../../src/image/digest.ts";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import type { Platform } from "../../src/image/platform.ts";
import { formatReference, parseReference, withDefaultTag } from "../../src/image/reference.ts";
import { selectPlatforms } from "../../src/image/select-platform.ts";
import type { ResolveConfig } from "../../src/plan/base-configs.ts";
import type { PlanRequest } from "../../src/plan/build-plan.ts";

/** The images that the vectors of the frontend know, by name and tag. */
export type VectorImages = Readonly<
  Record<
    string,
    {
      readonly config: ContainerConfig;
      readonly index: boolean;
      readonly platforms: readonly string[];
    }
  >
>;

const host: Platform = { os: "linux", architecture: "amd64" };
const argument = "build-arg:";

/** What the options of a case ask for. The reference checks and outlines for its own platform. */
export function requestOf(options: Readonly<Record<string, string>> = {}): PlanRequest {
  const buildArgs = Object.entries(options)
    .filter(([name]) => name.startsWith(argument))
    .map(([name, value]) => [name.slice(argument.length), value] as const);
  return {
    target: options["target"],
    buildArgs: new Map(buildArgs),
    buildPlatform: host,
    targetPlatform: host,
    namedContexts: new Map(),
  };
}

/** Finds the configurations of `images`; all other images do not exist. */
export function imageResolver(images: VectorImages): ResolveConfig {
  return async (source, wanted) => {
    const reference = parseReference(source.name);
    return Promise.resolve(findConfig(formatReference(withDefaultTag(reference)), wanted));
  };

  function findConfig(name: string, wanted: Platform): ImageConfig {
    const image = images[name.replace("docker.io/", "")];
    if (image === undefined) throw new RegistryError("REGISTRY_NOT_FOUND", `${name}: not found`);
    const platforms = image.platforms.map((text) => parsePlatform(text, host));
    const [platform] = image.index ? selectPlatforms(platforms, wanted, (own) => own) : platforms;
    if (platform !== undefined) return configOf(image.config, platform);
    throw new RegistryError("REGISTRY_NOT_FOUND", "no match for platform in manifest: not found");
  }
}

function configOf(config: ContainerConfig, platform: Platform): ImageConfig {
  const layer = `sha256:${"0".repeat(64)}` as Digest;
  return { ...platform, config, rootfs: { type: "layers", diff_ids: [layer] } };
}
