import type { ContainerConfig, HistoryEntry, ImageConfig } from "./config.ts";
import {
  listOf,
  malformed,
  nullable,
  objectOf,
  optional,
  parseJsonObject,
  type Read,
  readBoolean,
  readDigest,
  readNumber,
  readObject,
  readString,
  recordOf,
} from "./json.ts";

/** Largest image configuration that is read, in bytes. */
export const configLimitBytes = 8 * 1024 * 1024;

const strings = listOf(readString);
const optionalStrings = optional(strings);
const names: Read<Readonly<Record<string, object>> | undefined> = optional(
  // Go's set of names: the values are empty objects, and null says the same.
  recordOf((value, what) => (value === null ? {} : readObject(value, what))),
);

const readHealthcheck = objectOf({
  Test: optionalStrings,
  Interval: optional(readNumber),
  Timeout: optional(readNumber),
  StartPeriod: optional(readNumber),
  StartInterval: optional(readNumber),
  Retries: optional(readNumber),
});

const readContainerConfig: Read<ContainerConfig> = objectOf({
  User: optional(readString),
  ExposedPorts: names,
  Env: optionalStrings,
  Entrypoint: orUndefined(nullable(strings)),
  Cmd: orUndefined(nullable(strings)),
  Volumes: names,
  WorkingDir: optional(readString),
  Labels: optional(recordOf(readString)),
  StopSignal: optional(readString),
  ArgsEscaped: optional(readBoolean),
  Healthcheck: optional(readHealthcheck),
  OnBuild: orUndefined(nullable(strings)),
  Shell: optionalStrings,
});

function orUndefined<T>(read: Read<T>): Read<T | undefined> {
  return (value, what) => (value === undefined ? undefined : read(value, what));
}

const readHistoryEntry: Read<HistoryEntry> = objectOf({
  created: optional(readString),
  created_by: optional(readString),
  comment: optional(readString),
  author: optional(readString),
  empty_layer: optional(readBoolean),
});

const readRootFs: Read<ImageConfig["rootfs"]> = objectOf({
  type: (value: unknown, what: string) => {
    if (value !== "layers") throw malformed(`${what} is not "layers"`);
    return "layers" as const;
  },
  diff_ids: (value: unknown, what: string) => listOf(readDigest)(value ?? null, what),
});

const readConfig: Read<ImageConfig> = objectOf({
  created: optional(readString),
  author: optional(readString),
  architecture: readString,
  variant: optional(readString),
  os: readString,
  "os.version": optional(readString),
  "os.features": optionalStrings,
  config: optional(readContainerConfig),
  rootfs: readRootFs,
  history: optional(listOf(readHistoryEntry)),
});

/**
 * Reads an image configuration (OCI image specification, "Image Configuration"). Members that
 * `ImageConfig` lacks, such as Docker's `container_config`, are dropped.
 *
 * @throws IMAGE_MALFORMED
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const document = parseJsonObject(bytes, "the image configuration", configLimitBytes);
  return readConfig(document, "config");
}
