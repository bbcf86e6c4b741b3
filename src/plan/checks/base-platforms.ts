import type { CheckReporter } from "../../dockerfile/checks/reporter.ts";
import type { ImageConfig } from "../../image/config.ts";
import { formatFullPlatform, normalizePlatform, type Platform } from "../../image/platform.ts";
import type { UsedImage } from "../base-configs.ts";

/** InvalidBaseImagePlatform: an image that is not an index is taken whatever its platform is. */
export function checkBasePlatform(
  { source, platform, location }: UsedImage,
  config: ImageConfig,
  reporter: CheckReporter,
): void {
  const { os, architecture } = config;
  if (isEmpty(config) || (os === platform.os && architecture === platform.architecture)) return;
  const message = `Base image ${source.name} was pulled with platform "${shown(config)}", expected "${shown(platform)}" for current build`;
  reporter.report("InvalidBaseImagePlatform", location, message);
}

/** An image without files runs nowhere, and so anywhere. */
function isEmpty({ rootfs, history = [] }: ImageConfig): boolean {
  return rootfs.diff_ids.length === 0 && history.every((entry) => entry.empty_layer === true);
}

function shown(platform: Platform): string {
  return formatFullPlatform(normalizePlatform(platform));
}
