import type { Repository } from "../image/reference.ts";
import type { ImageLayer } from "../output/output.ts";

interface FoundLayer extends Pick<ImageLayer, "descriptor" | "diffId"> {
  readonly origin?: Repository | undefined;
}

/** A layer that is stored elsewhere, as one of the image; `opened` gives its bytes. */
export function layerOfElsewhere(
  { descriptor, diffId, origin }: FoundLayer,
  opened: Pick<ImageLayer, "open">,
): ImageLayer {
  const known = { descriptor, diffId, open: () => opened.open() };
  return origin === undefined ? known : { ...known, origin };
}
