import { resolve } from "node:path";
import { type ArchiveLimits, defaultArchiveLimits } from "../context/archive-limits.ts";
import { UsageError } from "../errors/usage-error.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import type { LogFormat } from "../log/levels.ts";
import type { PipelineEngine } from "../pipeline/engine.ts";
import {
  builtInSources,
  type CredentialsPlaces,
} from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type {
  BuildOptions,
  FetchableSource,
  LogOptions,
  OutputOptions,
  SourceOptions,
} from "./build-options.ts";
import { readCache } from "./cache-options.ts";
import { readCompression } from "./compression-options.ts";
import {
  parseBuildArgs,
  parseBuildContexts,
  parseChoices,
  parseClientCertificates,
  parseCount,
  parseDestinations,
  parsePairs,
  parseRegistryMaps,
  parseRetries,
} from "./flag-texts.ts";
import type { buildFlags } from "./flags/build-flags.ts";
import type { FlagValues } from "./flags/flag.ts";
import { inputFlags } from "./flags/input-flags.ts";
import type { logFlags } from "./flags/log-flags.ts";
import type { pipelineFlags } from "./flags/pipeline-flags.ts";
import type { sourceFlags } from "./flags/query-flags.ts";
import type { registryFlags } from "./flags/registry-flags.ts";
import { parseGitOptions } from "./git-options.ts";
import type { Host, Surroundings } from "./host.ts";
import { readResults } from "./result-files.ts";
import { parseSecrets } from "./secrets.ts";
import type { Settled } from "./settle-in-pipeline.ts";
import { parseAgents } from "./ssh-agents.ts";
import type { WorkPlaces } from "./work-directory.ts";

type Values = FlagValues<typeof buildFlags>;

/**
 * What the flags say of the Dockerfile that is meant.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readSource(
  values: FlagValues<typeof sourceFlags & typeof pipelineFlags>,
  host: Host,
): SourceOptions {
  const platform = values["custom-platform"];
  return {
    dockerfile: values.dockerfile,
    context: {
      location: readLocation(values),
      subPath: values["context-sub-path"] ?? "",
      limits: readArchiveLimits(values),
      git: parseGitOptions("--git", values.git),
    },
    workspace: values.workspace === undefined ? undefined : resolve(values.workspace),
    namedContexts: parseBuildContexts("--build-context", values["build-context"], host.platform),
    target: values.target,
    buildArgs: parseBuildArgs("--build-arg", values["build-arg"], host.environment),
    platform: platform === undefined ? host.platform : parsePlatform(platform, host.platform),
    isPlatformRequested: platform !== undefined,
    hostPlatform: host.platform,
  };
}

/**
 * The same, and what it takes to fetch it.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readFetchableSource(
  { values, engine }: Pick<Settled<typeof buildFlags>, "engine" | "values">,
  host: Host,
): Required<FetchableSource> {
  return {
    ...readSource(values, host),
    secrets: parseSecrets("--secret", values.secret, host.environment),
    secretDirectory: values["secret-dir"],
    agents: parseAgents("--ssh", values.ssh, host.environment),
    workPlaces: readWorkPlaces(values, engine),
    log: readLog(values, host),
  };
}

/** kaniko's `--bucket` is a bucket of Google's where it has no scheme. */
function readLocation({ bucket, context }: FlagValues<typeof sourceFlags>): string {
  if (bucket === undefined) return context;
  if (context !== inputFlags.context.default) {
    throw new UsageError("USAGE_CONFLICT", "--context and --bucket both name the build context", {
      hint: "Leave --bucket away",
    });
  }
  return bucket.includes("://") ? bucket : `gs://${bucket}`;
}

function readArchiveLimits(values: FlagValues<typeof sourceFlags>): ArchiveLimits {
  const bytes = parseCount("--context-max-bytes", values["context-max-bytes"]);
  const entries = parseCount("--context-max-files", values["context-max-files"]);
  const ratio = parseCount("--context-max-ratio", values["context-max-ratio"]);
  return {
    bytes: bytes ?? defaultArchiveLimits.bytes,
    entries: entries ?? defaultArchiveLimits.entries,
    ratio: ratio ?? defaultArchiveLimits.ratio,
  };
}

/**
 * Turns the settled flags of `slipway build` into what the build is asked for.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readBuildOptions(
  { values, engine }: Settled<typeof buildFlags>,
  host: Host,
): BuildOptions {
  const output = readOutput(values, { engine, host });
  return {
    ...readFetchableSource({ values, engine }, host),
    labels: parsePairs("--label", values.label),
    ...readFormat(values),
    isolation: values.isolation,
    force: values.force,
    maxParallelism: parseCount("--max-parallelism", values["max-parallelism"]),
    reproducible: values.reproducible,
    output,
    cache: readCache(values, output.destinations),
    progressFile: values["progress-file"],
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
  };
}

function readFormat(
  values: Values,
): Pick<BuildOptions, "annotations" | "imageFormat" | "compression"> {
  const annotations = parsePairs("--annotation", values.annotation);
  const imageFormat = values["image-format"];
  const foreign = [
    ...(annotations.size > 0 ? ["--annotation"] : []),
    ...(values["oci-layout-path"] === undefined ? [] : ["--oci-layout-path"]),
  ];
  if (imageFormat === "docker" && foreign.length > 0) {
    throw new UsageError(
      "USAGE_CONFLICT",
      `--image-format docker does not go with ${foreign.join(" and ")}, which Docker's format has not`,
      { hint: "Use --image-format oci, or --label and --tar-path" },
    );
  }
  return { annotations, imageFormat, compression: readCompression(values, imageFormat) };
}

function readOutput(values: Values, around: Surroundings): OutputOptions {
  const destinations = parseDestinations("--destination", values.destination);
  const push = !values["no-push"];
  if (push && destinations.length === 0) {
    throw new UsageError("USAGE_CONFLICT", "there is no --destination to push to", {
      hint: "Name one with --destination, or build without pushing with --no-push",
    });
  }
  return {
    destinations,
    push,
    checkPush: push && !values["skip-push-permission-check"],
    ociLayoutPath: values["oci-layout-path"],
    tarPath: values["tar-path"],
    ...readResults(values, { ...around, isNamed: destinations.length > 0 }),
  };
}

/**
 * What the flags say of registries.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function readRegistry(values: FlagValues<typeof registryFlags>): RegistryOptions {
  const maps = parseRegistryMaps("--registry-map", values["registry-map"]);
  if (values["registry-mirror"].length > 0) {
    maps.set("docker.io", [...(maps.get("docker.io") ?? []), ...values["registry-mirror"]]);
  }
  // As for buildah and skopeo, which say nothing about which of the two.
  const isLax = values["tls-verify"] === "false";
  return {
    insecurePush: isLax || values.insecure,
    insecurePull: isLax || values["insecure-pull"],
    insecureRegistries: values["insecure-registry"],
    skipTlsVerifyPush: isLax || values["skip-tls-verify"],
    skipTlsVerifyPull: isLax || values["skip-tls-verify-pull"],
    skipTlsVerifyRegistries: values["skip-tls-verify-registry"],
    certificates: parsePairs("--registry-certificate", values["registry-certificate"]),
    clientCertificates: parseClientCertificates(
      "--registry-client-cert",
      values["registry-client-cert"],
    ),
    certificateDirectory: values["cert-dir"],
    maps,
    skipsOriginal: values["skip-default-registry-fallback"],
    moreRetries: {
      pull: parseRetries("--image-download-retry", values["image-download-retry"]),
      push: parseRetries("--push-retry", values["push-retry"]),
    },
    ignoresImmutableTags: values["push-ignore-immutable-tag-errors"],
  };
}

/**
 * Where credentials for registries are looked for.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function readCredentials(
  values: FlagValues<Pick<typeof registryFlags, "docker-config" | "credential-helpers">>,
  { engine, host }: Surroundings,
): CredentialsPlaces {
  return {
    given: values["docker-config"],
    builtIn: parseChoices("--credential-helpers", values["credential-helpers"], builtInSources),
    environment: host.environment,
    engine: engine?.credentialDirectory,
  };
}

/** Where temporary files may go. */
export function readWorkPlaces(
  values: FlagValues<Pick<typeof buildFlags, "work-dir">>,
  engine: PipelineEngine | undefined,
): WorkPlaces {
  return { given: values["work-dir"], ofPipeline: engine?.scratchDirectory };
}

/** What the flags say of the log. */
export function readLog(values: FlagValues<typeof logFlags>, host: Host): LogOptions {
  return {
    level: values.verbosity,
    format: visibleFormat(values["log-format"], host),
    timestamp: values["log-timestamp"],
  };
}

/** Colours are for eyes: a log file gets the same lines without (https://no-color.org). */
export function visibleFormat(format: LogFormat, host: Host): LogFormat {
  const colors = host.terminal && (host.environment["NO_COLOR"] ?? "") === "";
  return format === "color" && !colors ? "text" : format;
}
