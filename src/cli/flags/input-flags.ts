import type { FlagTable } from "./flag.ts";

const group = "What is built";

export const inputFlags = {
  dockerfile: {
    kind: "text",
    short: "f",
    value: "PATH",
    default: "Dockerfile",
    group,
    description:
      "The Dockerfile, looked for in the workspace, from the working directory, and in the context; - is standard input, and an http or https address works too",
  },
  context: {
    kind: "text",
    short: "c",
    value: "PATH",
    default: "/workspace/",
    group,
    description:
      "The build context: a directory, as a path or as dir://PATH, looked for in the workspace and from the working directory (in a pipeline, the workspace); an archive as tar://FILE, on standard input as tar://stdin or -, or at an http or https address with #sha256=HEX behind it; a git repository; an archive, or with / at its end a prefix of many objects, in a bucket, as s3://BUCKET/KEY, gs://BUCKET/KEY or https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB",
  },
  bucket: {
    kind: "text",
    value: "BUCKET",
    group,
    description:
      "In the place of --context: BUCKET is gs://BUCKET/context.tar.gz, and an address is itself",
  },
  "context-sub-path": {
    kind: "text",
    value: "PATH",
    group,
    description: "A directory inside the context to use in its place",
  },
  git: {
    kind: "list",
    value: "KEY=VALUE[,...]",
    group,
    description:
      "How a context that is a git repository is fetched: branch=NAME, or a tag, where its URL names none; depth=NUMBER of commits of history, 0 for all, instead of 1; recurse-submodules=false for no submodules; insecure-skip-tls to trust any certificate; single-branch says nothing",
  },
  "context-max-bytes": {
    kind: "text",
    value: "NUMBER",
    group,
    description:
      "The most bytes that an archive may unpack to, or that are fetched from a bucket, instead of 64 GiB",
  },
  "context-max-files": {
    kind: "text",
    value: "NUMBER",
    group,
    description: "The most files that an archive or a prefix may have, instead of 2,000,000",
  },
  "context-max-ratio": {
    kind: "text",
    value: "NUMBER",
    group,
    description: "How many times larger than itself an archive may unpack to, instead of 1000",
  },
  "build-context": {
    kind: "list",
    value: "NAME=VALUE",
    group,
    description:
      "Files or an image to use for every stage, base image or --from called NAME: docker-image://REFERENCE, oci-layout://DIRECTORY[:TAG][@DIGEST], or whatever --context takes but standard input, where an address that is no repository or bucket is one file, context; NAME::OS/ARCH is for one platform",
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
  "secret-dir": {
    kind: "text",
    value: "PATH",
    group,
    description:
      "A directory with a secret in each file, such as a bound Secret: the file's name is the secret's id",
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
  reproducible: {
    kind: "switch",
    group,
    description:
      "Make times say nothing: SOURCE_DATE_EPOCH is 0 unless the environment, a build argument or the Dockerfile sets it",
  },
  "max-parallelism": {
    kind: "text",
    value: "NUMBER",
    group,
    description:
      "How many steps of independent stages run at the same time, instead of as many as there are processors, and at least four",
  },
  isolation: {
    kind: "text",
    value: "RUNG",
    default: "auto",
    choices: ["auto", "namespace", "inplace", "ptrace"],
    group,
    description: "How RUN is kept apart from the builder",
  },
  force: {
    kind: "switch",
    group,
    description:
      "Let RUN take the place of this machine's own files while it runs, also outside of slipway's step image",
  },
  "work-dir": {
    kind: "text",
    value: "PATH",
    group,
    description:
      "Where temporary files go, instead of the first that can be written to of $TMPDIR, /slipway/tmp in the step image, /tmp, and what the pipeline mounts",
  },
} as const satisfies FlagTable;
