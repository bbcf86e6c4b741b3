import { ImageError } from "../errors/image-error.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Index } from "./manifest.ts";
import { isListedImageType } from "./media-type.ts";
import { formatFullPlatform, type Platform } from "./platform.ts";
import { selectPlatforms } from "./select-platform.ts";

/**
 * The manifest of `index` that runs best on `platform`. Attestations, whose platform is
 * `unknown/unknown`, and what has an unknown type are never chosen; of entries without a platform the first is, where no other fits.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE with the platforms that there are; `name` says of which image.
 */
export function selectManifest(index: Index, platform: Platform, name: string): Descriptor {
  const known = index.manifests.filter(({ mediaType }) => isListedImageType(mediaType));
  const [best] = selectPlatforms(known, platform, (entry) => entry.platform);
  const unstated = known.find((entry) => entry.platform === undefined);
  const chosen = best ?? unstated;
  if (chosen !== undefined) return chosen;
  const available = known.flatMap((entry) => platformName(entry.platform));
  const list = available.length === 0 ? "none" : [...new Set(available)].join(", ");
  throw new ImageError(
    "IMAGE_PLATFORM_UNAVAILABLE",
    `${name} is not available for ${formatFullPlatform(platform)}`,
    { hint: `Its platforms are: ${list}` },
  );
}

function platformName(platform: Platform | undefined): string[] {
  const name = platform === undefined ? "unknown" : formatFullPlatform(platform);
  return name.startsWith("unknown") ? [] : [name];
}
