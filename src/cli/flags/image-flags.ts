import { deliveryFlags } from "./delivery-flags.ts";
import type { FlagTable } from "./flag.ts";
import { inputFlags } from "./input-flags.ts";
import { logFlags } from "./log-flags.ts";
import { outputFlags } from "./output-flags.ts";
import { pipelineFlags } from "./pipeline-flags.ts";
import { checkFlags } from "./query-flags.ts";
import { registryFlags } from "./registry-flags.ts";

const platform = {
  ...inputFlags["custom-platform"],
  description: "Of an index, only the image for this platform",
} as const;

/** The flags of `slipway copy`. */
export const copyFlags = {
  source: {
    kind: "text",
    positional: true,
    value: "SOURCE",
    group: "What is copied",
    description:
      "An image, an index or another artifact: its name in a registry, or oci-layout://DIRECTORY[:TAG][@DIGEST]",
  },
  "custom-platform": { ...platform, group: "What is copied" },
  ...deliveryFlags,
  destination: { ...deliveryFlags.destination, positional: true, value: "DESTINATION" },
} as const satisfies FlagTable;

/** The flags of `slipway push`. */
export const pushFlags = {
  image: {
    kind: "text",
    positional: true,
    value: "LAYOUT|ARCHIVE",
    group: "What is pushed",
    description:
      "An OCI layout, as a directory or a tar archive of one, or an archive as docker save writes it; PATH:TAG and PATH@DIGEST name one of several images",
  },
  "custom-platform": { ...platform, group: "What is pushed" },
  "image-format": {
    kind: "text",
    value: "FORMAT",
    choices: outputFlags["image-format"].choices,
    group: "What is pushed",
    description:
      "The media types of the manifest that is made for a docker archive; where it is not given, OCI's. A layout has a manifest, which stays as it is",
  },
  ...deliveryFlags,
} as const satisfies FlagTable;

/** The flags of `slipway inspect`. */
export const inspectFlags = {
  image: {
    kind: "text",
    positional: true,
    value: "REFERENCE",
    group: "What is shown",
    description: "Its name in a registry, or oci-layout://DIRECTORY[:TAG][@DIGEST]",
  },
  "custom-platform": { ...platform, group: "What is shown" },
  format: checkFlags.format,
  ...pipelineFlags,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;
