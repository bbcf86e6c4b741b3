import type { LayerCache } from "../cache/layer-cache.ts";
import type { PlainImages } from "../cache/plain-images.ts";
import type { BuildContext } from "../context/context.ts";
import type { RemoteAccess } from "../context/remote-access.ts";
import type { FileTime } from "../filetree/node.ts";
import type { ImageFormat } from "../image/image-format.ts";
import type { Platform } from "../image/platform.ts";
import type { Isolation } from "../isolation/isolation.ts";
import type { Contents } from "../layer/contents.ts";
import type { LayerCompression } from "../layer/layer-blob.ts";
import type { Spool } from "../layer/spool.ts";
import type { CommandOutput } from "../log/command-output.ts";
import type { Logger } from "../log/logger.ts";
import type { FinishedImage, ImageLayer } from "../output/output.ts";
import type { NamedContexts } from "../plan/named-context.ts";
import type { LayoutRequest } from "../registry/oci-layout-source.ts";
import type { PullRequest } from "../registry/pull.ts";
import type { PulledImage } from "../registry/read-image.ts";
import type { StageRootFactory } from "../rootfs/stage-root.ts";
import type { CacheDirectories } from "./mounts/cache-directories.ts";
import type { TreeDirectories } from "./mounts/tree-directories.ts";
import type { ReportProgress } from "./progress.ts";

/** What running commands needs. */
export interface Runner {
  readonly roots: StageRootFactory;
  readonly isolation: Isolation;
  /** Files that mounts show. */
  readonly trees: TreeDirectories;
  readonly caches: CacheDirectories;
}

/** What a build needs of the cache. */
export interface CachePorts {
  readonly layers: LayerCache;
  /** Images whose layers are taken too, by their history. */
  readonly images: PlainImages;
  /** Whether layers of RUN and WORKDIR are cached, and those of COPY and ADD. */
  readonly kinds: { readonly run: boolean; readonly copy: boolean };
}

/** Everything that a build needs from outside. */
export interface BuildPorts {
  /** Resolves an image of a registry and opens its layers. */
  readonly pull: (request: PullRequest) => Promise<PulledImage>;
  /** The same for an image in an OCI layout. */
  readonly openLayout: (request: LayoutRequest) => Promise<PulledImage>;
  readonly context: BuildContext;
  /** What downloads and repositories of ADD are fetched with. */
  readonly remoteAccess: RemoteAccess;
  /** Opens a named context; called once for each location that is used. */
  readonly openContext: (location: string) => Promise<BuildContext>;
  /** Called for the first RUN; a build without RUN needs no runner. */
  readonly runner: () => Promise<Runner>;
  /** By id. Nothing but the command that asks for a secret may come to know it. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** Absolute paths of the sockets of ssh agents, by id. */
  readonly agents: ReadonlyMap<string, string>;
  /** An existing directory for temporary files, absolute; gone after the build. */
  readonly workDirectory: string;
  readonly spool: Spool;
  readonly contents: Contents;
  /** Layers of earlier builds; absent where nothing is cached. */
  readonly cache: CachePorts | undefined;
  /** Told of each layer of the resulting image as soon as it exists; `stored` ends when the cache has it, or never will. */
  readonly startLayer: (layer: ImageLayer, stored?: Promise<void>) => void;
  /** Brings the image to where it was asked for. */
  readonly publish: (image: FinishedImage) => Promise<void>;
  /** Receives what commands print; `label` says which stage and step it is. */
  readonly commandOutput: (label: string) => CommandOutput;
  /** Counts the processes of the pod that are killed because its memory limit is reached; null where that is not said. */
  readonly oomKills: () => number | null;
  readonly progress: ReportProgress;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What is to be built, apart from the Dockerfile. */
export interface BuildRequest {
  /** The Dockerfile's bytes, where it has not been checked yet. */
  readonly unchecked?: Uint8Array;
  readonly target: string | undefined;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  /** Empty where the format is Docker's, which has no place for them. */
  readonly annotations: ReadonlyMap<string, string>;
  readonly imageFormat: ImageFormat;
  /** Of new layers; the format has a type for it. */
  readonly compression: LayerCompression;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  /** Whether the user chose it: the image then says so, whatever its base does. */
  readonly isPlatformRequested: boolean;
  readonly namedContexts: NamedContexts;
  /** Names or numbers of stages that are made anew, whatever the cache has; or all of them. */
  readonly noCache: readonly string[] | "all";
  /** How many steps are carried out at the same time, at most. */
  readonly maxParallelism: number;
  /** SOURCE_DATE_EPOCH; times of new files and of the image are this, or earlier. */
  readonly sourceDateEpoch: number | undefined;
  /** When the build began. */
  readonly startTime: FileTime;
}
