import type { ArchiveLimits } from "../context/archive-limits.ts";
import type { ImageFormat } from "../image/image-format.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference, Repository } from "../image/reference.ts";
import type { IsolationName } from "../isolation/isolation.ts";
import type { Supervisor } from "../isolation/namespace/supervised.ts";
import type { LayerCompression } from "../layer/layer-blob.ts";
import type { LogFormat, LogLevel } from "../log/levels.ts";
import type { Logger } from "../log/logger.ts";
import type { ResultFiles } from "../output/result-files.ts";
import type { ResultPlaces } from "../pipeline/write-results.ts";
import type { NamedContexts } from "../plan/named-context.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { GitOptions } from "./git-options.ts";
import type { Environment } from "./host.ts";
import type { WorkPlaces } from "./work-directory.ts";

/** What every command is told of a Dockerfile. */
export interface SourceOptions {
  /** As given: a path relative to the working directory or to the context, or an absolute one. */
  readonly dockerfile: string;
  readonly context: ContextOptions;
  /** Where both are looked for first; absolute. */
  readonly workspace: string | undefined;
  /** What replaces stages and images of these names. */
  readonly namedContexts: NamedContexts;
  /** The stage that is meant, by name or number; the last one where undefined. */
  readonly target: string | undefined;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** What the image shall run on. */
  readonly platform: Platform;
  /** Whether the user has named it. */
  readonly isPlatformRequested: boolean;
  /** What this machine runs. */
  readonly hostPlatform: Platform;
}

/** A Dockerfile and a context that may have to be fetched. Only a build has secrets and agents for that. */
export type FetchableSource = SourceOptions & {
  readonly log: LogOptions;
  readonly workPlaces: WorkPlaces;
} & Partial<Pick<BuildOptions, "agents" | "secretDirectory" | "secrets">>;

/** Everything that `slipway build` was asked for: checked, with defaults filled in. */
export interface BuildOptions extends SourceOptions {
  /** Where secrets are to be read from, by id. */
  readonly secrets: ReadonlyMap<string, SecretSource>;
  /** A directory that has a secret in each file, called like it. */
  readonly secretDirectory: string | undefined;
  /** Paths of the sockets of ssh agents, by id. */
  readonly agents: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly imageFormat: ImageFormat;
  readonly compression: LayerCompression;
  readonly isolation: "auto" | IsolationName;
  /** Whether files of `/` may be moved wherever slipway runs. */
  readonly force: boolean;
  /** Most steps at a time; by the number of processors where undefined. */
  readonly maxParallelism: number | undefined;
  /** Whether SOURCE_DATE_EPOCH is 0 where nothing else says it. */
  readonly reproducible: boolean;
  /** Where everything temporary may go. */
  readonly workPlaces: WorkPlaces;
  readonly output: OutputOptions;
  readonly cache: CacheOptions;
  readonly progressFile: string | undefined;
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
  readonly log: LogOptions;
}

/** What is kept between builds. */
export interface CacheOptions {
  /** Where base images and cache mounts are kept. */
  readonly directory: string | undefined;
  /** Where layers of steps are kept; undefined where they are not. */
  readonly steps: StepCacheOptions | undefined;
  /** Where cache mounts are stored; undefined where they are not. */
  readonly mounts: MountCacheOptions | undefined;
  /** Images whose layers are taken for those of steps. */
  readonly images: readonly ImageReference[];
  /** Names or numbers of stages that are made anew, or all. */
  readonly noCache: readonly string[] | "all";
}

/** A repository, or a directory of layouts. */
export type ImagesPlace = Repository | { readonly layouts: string };

/** How cache mounts are stored. */
export interface MountCacheOptions {
  readonly place: ImagesPlace;
  /** Those that have more bytes are not. */
  readonly maxBytes: number;
  /** Whether what commands leave is stored. */
  readonly isWritten: boolean;
}

/** How layers of steps are kept. */
export interface StepCacheOptions {
  readonly place: ImagesPlace;
  /** A directory of layouts that has them too, and is asked first; absolute. */
  readonly nearby: string | undefined;
  readonly ttlMs: number;
  readonly kinds: { readonly run: boolean; readonly copy: boolean };
  /** Whether new layers are added. */
  readonly isWritten: boolean;
}

/** A file, by its path, or a variable of the environment. */
export type SecretSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "variable"; readonly name: string };

/** Where the build context comes from. */
export interface ContextOptions {
  /** As given: a path or a URL. */
  readonly location: string;
  /** A directory inside it that is the context's real root; the empty string is all of it. */
  readonly subPath: string;
  /** How large an archive from elsewhere may become. */
  readonly limits: ArchiveLimits;
  /** How a repository is fetched. */
  readonly git: GitOptions;
}

/** Where the image goes. */
export interface OutputOptions {
  /** The names to push to, each with a tag. Kept under `--no-push`, for the names in archives. */
  readonly destinations: readonly ImageReference[];
  readonly push: boolean;
  /** Whether to find out before the build whether the destinations can be pushed to. */
  readonly checkPush: boolean;
  readonly ociLayoutPath: string | undefined;
  readonly tarPath: string | undefined;
  readonly resultFiles: ResultFiles;
  readonly results: ResultPlaces;
}

/** What is said on standard error, and how. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly timestamp: boolean;
}

/** What the handler of `slipway build` calls: composes all parts and builds. Gives the exit code. */
export type RunBuild = (options: BuildOptions, run: BuildRun) => Promise<number>;

/** What a build gets from the process it runs in. */
export interface BuildRun {
  /** Aborted, with a `CancelledError` as reason, when a signal asks the process to end. */
  readonly signal: AbortSignal;
  readonly environment: Environment;
  /** Writes a result to standard output. */
  readonly print: (text: string) => void;
  /** Writes to standard error, synchronously: where the log goes. */
  readonly writeError: (text: string) => void;
  /** Shows what is under way, where that is a terminal: see `Logger`. */
  readonly showStatus?: Logger["status"];
  /** What the log should warn of first: flags that were taken but say nothing. */
  readonly notices: readonly string[];
  /** To be filled with the texts of Dockerfiles, by the name that locations of errors have. */
  readonly sources: Map<string, string>;
  /** What started this process in namespaces, where that has been joined already. */
  readonly supervisor?: Supervisor | undefined;
}
