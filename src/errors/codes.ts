/**
 * Every error code that slipway can report, with the exit code of the process and what the code
 * means. docs/errors.md is kept equal to this table by a test. A code never changes its meaning.
 */
export const errorCodes = {
  USAGE_UNKNOWN_FLAG: { exitCode: 2, meaning: "A flag is not known" },
  USAGE_UNSUPPORTED_FLAG: { exitCode: 2, meaning: "A flag of kaniko's that slipway lacks so far" },
  USAGE_INVALID_VALUE: { exitCode: 2, meaning: "A flag has a value that it does not take" },
  USAGE_CONFLICT: { exitCode: 2, meaning: "Flags contradict each other, or one lacks another" },

  DOCKERFILE_NOT_FOUND: { exitCode: 3, meaning: "The Dockerfile does not exist" },
  DOCKERFILE_SYNTAX: { exitCode: 3, meaning: "The Dockerfile does not follow the grammar" },
  DOCKERFILE_INVALID: { exitCode: 3, meaning: "An instruction is well formed but cannot be done" },
  DOCKERFILE_UNSUPPORTED: { exitCode: 3, meaning: "The Dockerfile uses what slipway lacks so far" },

  COMMAND_FAILED: { exitCode: 4, meaning: "A RUN command ended with a status other than 0" },
  COMMAND_KILLED: { exitCode: 4, meaning: "A RUN command was ended by a signal" },
  ISOLATION_UNAVAILABLE: {
    exitCode: 14,
    meaning: "This machine permits no way to run a RUN command",
  },

  CONTEXT_NOT_FOUND: {
    exitCode: 5,
    meaning: "The build context does not exist or is no directory",
  },
  CONTEXT_UNSUPPORTED: { exitCode: 5, meaning: "The scheme of the build context is not known" },
  CONTEXT_SOURCE_NOT_FOUND: { exitCode: 12, meaning: "A COPY or ADD source does not exist" },
  CONTEXT_UNREADABLE: { exitCode: 13, meaning: "A file of the build context cannot be read" },

  REGISTRY_UNREACHABLE: { exitCode: 75, meaning: "The registry did not answer, also when retried" },
  REGISTRY_UNAVAILABLE: { exitCode: 75, meaning: "The registry kept answering 429 or 5xx" },
  REGISTRY_UNAUTHORIZED: {
    exitCode: 10,
    meaning: "The registry refused the credentials, or lacks them",
  },
  REGISTRY_NOT_FOUND: { exitCode: 11, meaning: "The registry has no such repository, tag or blob" },
  REGISTRY_REJECTED: {
    exitCode: 6,
    meaning: "The registry refused the request for another reason",
  },
  REGISTRY_PROTOCOL: {
    exitCode: 6,
    meaning: "The registry's answer breaks the distribution protocol",
  },
  CREDENTIALS_INVALID: { exitCode: 10, meaning: "A credentials file or helper cannot be used" },

  IMAGE_REFERENCE_INVALID: {
    exitCode: 6,
    meaning: "An image reference does not follow the grammar",
  },
  IMAGE_PLATFORM_UNAVAILABLE: {
    exitCode: 11,
    meaning: "The image has no variant for the platform",
  },
  IMAGE_MALFORMED: {
    exitCode: 9,
    meaning: "An image's manifest, config or layer is damaged or hostile",
  },

  FILESYSTEM_FAILED: { exitCode: 7, meaning: "A file operation of the builder itself failed" },
  FILESYSTEM_NO_SPACE: { exitCode: 8, meaning: "The disk, or the quota on it, is full" },

  CANCELLED: { exitCode: 143, meaning: "A signal ended the build" },
  INTERNAL: { exitCode: 70, meaning: "A defect of slipway itself" },
} as const satisfies Record<string, { exitCode: number; meaning: string }>;

/** The code of a `BuilderError`: stable, documented, and safe to match on. */
export type ErrorCode = keyof typeof errorCodes;
