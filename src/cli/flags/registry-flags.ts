import type { FlagTable } from "./flag.ts";

const group = "Registries";

export const registryFlags = {
  "docker-config": {
    kind: "text",
    value: "PATH",
    group,
    description:
      "A directory with a config.json, or a .dockerconfigjson as Secrets have it, with credentials. What is not found there is looked up in the other places of docs/credentials.md",
  },
  "credential-helpers": {
    kind: "list",
    value: "NAME[,NAME]",
    group,
    description:
      "Which sources of credentials are asked beside docker's configs: env, ecr, acr, google, gitlab, github, dockerhub, or none. All, where it is not given",
  },
  "registry-map": {
    kind: "list",
    kanikoVariable: "KANIKO_REGISTRY_MAP",
    value: "HOST=OTHER[;HOST=OTHER]",
    group,
    description:
      "Pull from OTHER what names HOST; several are tried in order, HOST itself last; both may have a path prefix",
  },
  "registry-mirror": {
    kind: "list",
    kanikoVariable: "KANIKO_REGISTRY_MIRROR",
    value: "HOST",
    group,
    description: "Pull from HOST what names docker.io: --registry-map docker.io=HOST",
  },
  "skip-default-registry-fallback": {
    kind: "switch",
    group,
    description:
      "Do not try HOST itself where --registry-map or --registry-mirror names others for it",
  },
  "image-download-retry": {
    kind: "text",
    value: "COUNT",
    group,
    description: "Try failed requests of pulls again so many times more than the usual five",
  },
  "push-retry": {
    kind: "text",
    value: "COUNT",
    group,
    description: "Try failed requests of pushes again so many times more than the usual five",
  },
  "push-ignore-immutable-tag-errors": {
    kind: "switch",
    group,
    description:
      "Where the registry does not let a tag be changed, leave it alone and push the image under its digest",
  },
  insecure: {
    kind: "switch",
    group,
    description: "Push in plain HTTP",
  },
  "insecure-pull": {
    kind: "switch",
    group,
    description: "Pull in plain HTTP",
  },
  "insecure-registry": {
    kind: "list",
    value: "HOST",
    group,
    description: "Speak plain HTTP with this registry",
  },
  "skip-tls-verify": {
    kind: "switch",
    group,
    description: "Push without checking the registry's certificate",
  },
  "skip-tls-verify-pull": {
    kind: "switch",
    group,
    description: "Pull without checking the registry's certificate",
  },
  "skip-tls-verify-registry": {
    kind: "list",
    value: "HOST",
    group,
    description: "Do not check the certificate of this registry",
  },
  "tls-verify": {
    kind: "text",
    value: "true|false",
    default: "true",
    choices: ["true", "false"],
    group,
    description:
      "With false, certificates are not checked and plain HTTP will do, pushing and pulling, for all registries",
  },
  "cert-dir": {
    kind: "text",
    value: "PATH",
    group,
    description:
      "A directory with certificates for all registries: authorities to trust in *.crt, a client's in *.cert with its key in *.key",
  },
  "registry-certificate": {
    kind: "list",
    value: "HOST=FILE",
    group,
    description: "More certificate authorities, in PEM, to trust for this registry",
  },
  "registry-client-cert": {
    kind: "list",
    value: "HOST=CERTIFICATE,KEY",
    group,
    description: "The certificate and key files, in PEM, to show to this registry",
  },
} as const satisfies FlagTable;
