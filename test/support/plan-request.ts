import { RegistryError } from "../../src/errors/registry-error.ts";
import type { ContainerConfig, ImageConfig } from "../../src/image/config.ts";
import type { Digest } from "../../src/image/digest.ts";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import type { Platform } from "../../src/image/platform.ts";
import type { ResolveConfig } from "../../src/plan/base-configs.ts";
import type { PlanRequest } from "../../src/plan/build-plan.ts";

/** The platform that tests of plans run on and build for. */
export const testPlatform: Platform = { os: "linux", architecture: "amd64" };

/** A request for the last stage, with what a test wants different. */
export function planRequest(changes: Partial<PlanRequest> = {}): PlanRequest {
  return {
    target: undefined,
    buildArgs: new Map(),
    buildPlatform: testPlatform,
    targetPlatform: testPlatform,
    namedContexts: new Map(),
    ...changes,
  };
}

/** An image with one layer. */
export function imageConfig(config: ContainerConfig = {}, platform = "linux/amd64"): ImageConfig {
  const layer = `sha256:${"0".repeat(64)}` as Digest;
  return {
    ...parsePlatform(platform, testPlatform),
    config,
    rootfs: { type: "layers", diff_ids: [layer] },
  };
}

/** Knows these images, by name as written; all others do not exist. */
export function knownImages(images: Readonly<Record<string, ImageConfig>>): ResolveConfig {
  return ({ name }) => {
    const image = images[name];
    if (image !== undefined) return Promise.resolve(image);
    return Promise.reject(new RegistryError("REGISTRY_NOT_FOUND", `${name}: not found`));
  };
}
