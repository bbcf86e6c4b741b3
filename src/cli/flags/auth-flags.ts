import type { FlagTable } from "./flag.ts";
import { logFlags } from "./log-flags.ts";
import { pipelineFlags } from "./pipeline-flags.ts";
import { checkFlags } from "./query-flags.ts";
import { registryFlags } from "./registry-flags.ts";

/** The flags of `slipway auth explain`. */
export const authExplainFlags = {
  image: {
    kind: "text",
    value: "IMAGE",
    positional: true,
    group: "What is shown",
    description: "The image, or its repository, whose credentials are looked for",
  },
  format: checkFlags.format,
  ...pipelineFlags,
  ...registryFlags,
  ...logFlags,
} as const satisfies FlagTable;

const group = "Who logs in where";

/** The flags of `slipway login`. */
export const loginFlags = {
  registry: {
    kind: "text",
    value: "REGISTRY",
    positional: true,
    group,
    description: "The registry, by its host; docker.io for Docker Hub",
  },
  username: {
    kind: "text",
    short: "u",
    value: "NAME",
    group,
    description: "The user, or what the registry wants to have in its place beside a token",
  },
  "password-stdin": {
    kind: "switch",
    group,
    description: "Read the password, or a token, from standard input. There is no other way",
  },
  ...registryFlags,
  "docker-config": {
    ...registryFlags["docker-config"],
    description:
      "The directory whose config.json keeps the credentials, or the file itself. Where DOCKER_CONFIG says, where it is not given, else ~/.docker",
  },
  ...logFlags,
} as const satisfies FlagTable;
