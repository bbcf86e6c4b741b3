import type { FlagTable } from "./flag.ts";

const group = "What is built";

export const inputFlags = {
  dockerfile: {
    kind: "text",
    short: "f",
    value: "PATH",
    default: "Dockerfile",
    group,
    description: "The Dockerfile, looked for from the working directory and then from the context",
  },
  context: {
    kind: "text",
    short: "c",
    value: "PATH",
    default: "/workspace/",
    group,
    description: "The build context: a directory, as a path or as dir://PATH",
  },
  "context-sub-path": {
    kind: "text",
    value: "PATH",
    group,
    description: "A directory inside the context to use in its place",
  },
  target: {
    kind: "text",
    value: "STAGE",
    group,
    description: "The stage to build, by name or number, instead of the last one",
  },
  "build-arg": {
    kind: "list",
    value: "NAME[=VALUE]",
    group,
    description: "A value for ARG; a bare name takes it from the environment",
  },
  secret: {
    kind: "list",
    value: "id=ID[,src=FILE|,env=NAME]",
    group,
    description:
      "A secret for RUN --mount=type=secret, from a file or a variable; with an id alone, from the variable or else the file of that name",
  },
  ssh: {
    kind: "list",
    value: "default|ID=SOCKET",
    group,
    description:
      "An ssh agent for RUN --mount=type=ssh, by its socket; without one, that of SSH_AUTH_SOCK",
  },
  label: {
    kind: "list",
    value: "NAME=VALUE",
    group,
    description: "A label of the image",
  },
  annotation: {
    kind: "list",
    value: "NAME=VALUE",
    group,
    description: "An annotation of the image's manifest",
  },
  "custom-platform": {
    kind: "text",
    aliases: ["customPlatform"],
    value: "OS/ARCH[/VARIANT]",
    group,
    description: "The platform to build for, instead of this machine's",
  },
  isolation: {
    kind: "text",
    value: "RUNG",
    default: "auto",
    choices: ["auto", "namespace"],
    group,
    description: "How RUN is kept apart from the builder",
  },
  "work-dir": {
    kind: "text",
    value: "PATH",
    group,
    description: "Where temporary files go, instead of the system's temporary directory",
  },
} as const satisfies FlagTable;
