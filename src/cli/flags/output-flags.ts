import type { FlagTable } from "./flag.ts";

const group = "Where the image goes";

export const outputFlags = {
  destination: {
    kind: "list",
    short: "d",
    value: "REFERENCE",
    group,
    description: "A name to push the image to, such as registry.example/team/app:1.2",
  },
  "no-push": {
    kind: "switch",
    kanikoVariable: "KANIKO_NO_PUSH",
    group,
    description: "Build, but push nothing",
  },
  "skip-push-permission-check": {
    kind: "switch",
    group,
    description: "Do not find out before the build whether the destinations can be pushed to",
  },
  "oci-layout-path": {
    kind: "text",
    value: "DIRECTORY",
    group,
    description: "Write the image to an OCI image layout; other images of one that is there stay",
  },
  "tar-path": {
    kind: "text",
    aliases: ["tarPath"],
    value: "FILE",
    group,
    description: "Write the image as an archive that docker load and podman load read",
  },
  "image-format": {
    kind: "text",
    value: "FORMAT",
    default: "oci",
    choices: ["oci", "docker"],
    group,
    description: "The media types of the image: OCI's, or those of Docker's schema 2",
  },
  compression: {
    kind: "text",
    value: "ALGORITHM",
    default: "gzip",
    choices: ["gzip", "zstd", "none"],
    group,
    description: "How new layers are compressed; those of the base image stay as they are",
  },
  "compression-level": {
    kind: "text",
    value: "LEVEL",
    group,
    description: "How hard: 1 to 9 for gzip, 6 where it is not given; 1 to 19 for zstd, else 3",
  },
  "digest-file": {
    kind: "text",
    value: "FILE",
    group,
    description: "After success, write the manifest's digest, without a newline",
  },
  "image-name-with-digest-file": {
    kind: "text",
    value: "FILE",
    group,
    description: "After success, write REPOSITORY@DIGEST, a line per destination",
  },
  "image-name-tag-with-digest-file": {
    kind: "text",
    value: "FILE",
    group,
    description: "After success, write REPOSITORY:TAG@DIGEST, a line per destination",
  },
  "image-url-file": {
    kind: "text",
    value: "FILE",
    group,
    description:
      "After the push, write REPOSITORY:TAG of the first destination, without a newline; with --no-push the file is empty",
  },
} as const satisfies FlagTable;
