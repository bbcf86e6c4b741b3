/** What a code stands for. */
interface CodeEntry {
  /** The exit code of a process that ends with it. */
  readonly exitCode: number;
  /** What happened, in general. */
  readonly meaning: string;
  /** What to try, where the error itself has no better advice. */
  readonly hint: string;
}

/**
 * Every error code that slipway can report. docs/errors.md is kept equal to this table by a test.
 * A code never changes its meaning.
 */
export const errorCodes = {
  USAGE_UNKNOWN_FLAG: {
    exitCode: 2,
    meaning: "A flag is not known",
    hint: "See slipway --help",
  },
  USAGE_UNSUPPORTED_FLAG: {
    exitCode: 2,
    meaning: "A flag of kaniko's that slipway lacks so far",
    hint: "Leave the flag away, or see docs/flags.md for what there is",
  },
  USAGE_INVALID_VALUE: {
    exitCode: 2,
    meaning: "A flag has a value that it does not take",
    hint: "See slipway --help",
  },
  USAGE_CONFLICT: {
    exitCode: 2,
    meaning: "Flags contradict each other, or one lacks another",
    hint: "See slipway --help",
  },

  DOCKERFILE_NOT_FOUND: {
    exitCode: 3,
    meaning: "The Dockerfile does not exist",
    hint: "Name it with --dockerfile",
  },
  DOCKERFILE_SYNTAX: {
    exitCode: 3,
    meaning: "The Dockerfile does not follow the grammar",
    hint: "Correct the line",
  },
  DOCKERFILE_INVALID: {
    exitCode: 3,
    meaning: "An instruction is well formed but cannot be done",
    hint: "Correct the line",
  },
  DOCKERFILE_UNSUPPORTED: {
    exitCode: 3,
    meaning: "The Dockerfile uses what slipway lacks so far",
    hint: "Write the instruction without it",
  },

  BUILD_FILE_NOT_FOUND: {
    exitCode: 3,
    meaning: "The build file does not exist or cannot be read",
    hint: "Name it with --build-file",
  },
  BUILD_FILE_INVALID: {
    exitCode: 3,
    meaning: "The build file says something that is not understood",
    hint: "Correct the line; docs/fan-out.md says what there is",
  },

  COMMAND_FAILED: {
    exitCode: 4,
    meaning: "A RUN command ended with a status other than 0",
    hint: "Its last output says why",
  },
  COMMAND_KILLED: {
    exitCode: 4,
    meaning: "A RUN command, or slipway itself, was ended by a signal",
    hint: "SIGKILL often means that the pod's memory limit was reached: raise resources.limits.memory of the container",
  },
  ISOLATION_UNAVAILABLE: {
    exitCode: 14,
    meaning: "This machine permits no way to run a RUN command",
    hint: "Run slipway doctor in such a pod: it shows what the pod has to permit",
  },

  CONTEXT_NOT_FOUND: {
    exitCode: 5,
    meaning: "The build context does not exist or is no directory",
    hint: "Name it with --context, and a directory in it with --context-sub-path",
  },
  CONTEXT_UNSUPPORTED: {
    exitCode: 5,
    meaning: "The scheme of the build context is not known",
    hint: "The description of --context in docs/flags.md has all schemes",
  },
  CONTEXT_SOURCE_NOT_FOUND: {
    exitCode: 12,
    meaning: "A COPY or ADD source does not exist",
    hint: "Paths are relative to the context, and .dockerignore can hide them",
  },
  CONTEXT_UNREADABLE: {
    exitCode: 13,
    meaning: "A file of the build context cannot be read",
    hint: "Make it readable, or list it in .dockerignore",
  },
  CONTEXT_UNREACHABLE: {
    exitCode: 75,
    meaning: "A URL, bucket or git repository did not answer, also when retried",
    hint: "Check the address, the network and the proxy, and try again",
  },
  CONTEXT_REFUSED: {
    exitCode: 5,
    meaning: "A URL, bucket or git repository answered, but not with what was asked for",
    hint: "Check the address, and whether it needs credentials",
  },
  CONTEXT_GIT_MISSING: {
    exitCode: 5,
    meaning: "The git program, which repositories are fetched with, is not there",
    hint: "Put git into the PATH of slipway",
  },
  CONTEXT_CHECKSUM_MISMATCH: {
    exitCode: 5,
    meaning: "What was fetched is not what its checksum says",
    hint: "Find out what has changed; if that is intended, give the new checksum",
  },

  REGISTRY_UNREACHABLE: {
    exitCode: 75,
    meaning: "The registry did not answer, also when retried",
    hint: "Check its name, the network and the proxy, and try again",
  },
  REGISTRY_UNAVAILABLE: {
    exitCode: 75,
    meaning: "The registry kept answering 429 or 5xx",
    hint: "Try again later",
  },
  REGISTRY_UNAUTHORIZED: {
    exitCode: 10,
    meaning: "The registry refused the credentials, or lacks them",
    hint: "See where the credentials are from by slipway auth explain, and what their user may do",
  },
  REGISTRY_NOT_FOUND: {
    exitCode: 11,
    meaning: "The registry has no such repository, tag or blob",
    hint: "Check the name and the tag",
  },
  REGISTRY_REJECTED: {
    exitCode: 6,
    meaning: "The registry refused the request for another reason",
    hint: "Its answer says why",
  },
  REGISTRY_PROTOCOL: {
    exitCode: 6,
    meaning: "The registry's answer breaks the distribution protocol",
    hint: "Check that the name leads to a registry, and not to a proxy or a web page",
  },
  CREDENTIALS_INVALID: {
    exitCode: 10,
    meaning: "A credentials file, a helper or the pod's identity in a cloud cannot be used",
    hint: "Correct what the message names; slipway auth explain shows all sources",
  },

  IMAGE_REFERENCE_INVALID: {
    exitCode: 6,
    meaning: "An image reference does not follow the grammar",
    hint: "Write [REGISTRY/]REPOSITORY[:TAG][@DIGEST], the repository in lower case",
  },
  IMAGE_PLATFORM_UNAVAILABLE: {
    exitCode: 11,
    meaning: "The image has no variant for the platform",
    hint: "Choose another image, or another platform with --custom-platform",
  },
  IMAGE_MALFORMED: {
    exitCode: 9,
    meaning: "An image's manifest, config or layer is damaged or hostile",
    hint: "Push the image anew, or choose another one",
  },

  FILESYSTEM_FAILED: {
    exitCode: 7,
    meaning: "A file operation of the builder itself failed",
    hint: "Check that the directory exists and may be written to",
  },
  FILESYSTEM_NO_SPACE: {
    exitCode: 8,
    meaning: "The disk, or the quota on it, is full",
    hint: "Raise the sizeLimit of the volume (emptyDir.sizeLimit) or resources.limits.ephemeral-storage, or name a larger volume with --work-dir",
  },
  WORK_DIRECTORY_UNWRITABLE: {
    exitCode: 7,
    meaning: "There is no directory for temporary files",
    hint: "Mount a volume at /tmp (volumes: [{name: tmp, emptyDir: {}}], volumeMounts: [{name: tmp, mountPath: /tmp}]), or name a writable directory with --work-dir",
  },

  CANCELLED: {
    exitCode: 143,
    meaning: "A signal ended the build",
    hint: "Nothing is left behind; start it again when it is wanted",
  },
  INTERNAL: {
    exitCode: 70,
    meaning: "A defect of slipway itself",
    hint: "Please report it with the lines above",
  },
} as const satisfies Record<string, CodeEntry>;

/** The code of a `BuilderError`: stable, documented, and safe to match on. */
export type ErrorCode = keyof typeof errorCodes;
