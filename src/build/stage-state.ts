import type { FileTree } from "../filetree/tree.ts";
import type { ContainerConfig, HistoryEntry } from "../image/config.ts";
import { defaultPath, splitVariable } from "../image/environment.ts";
import type { Platform } from "../image/platform.ts";
import type { BaseImage, ImageLayer } from "../output/output.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import type { StageRoot } from "../rootfs/stage-root.ts";

/** An argument that a stage has declared; without a value it is known but unset. */
export interface DeclaredArgument {
  readonly key: string;
  readonly value: string | undefined;
}

/**
 * What stands for the files of a stage in the keys of its steps: how they came about, and what they are. Undefined
 * where that is not known, or where nothing is cached.
 */
export interface FilesIdentity {
  readonly definition: Definition | undefined;
  readonly content: string | undefined;
}

/** How files came about. */
export interface Definition {
  readonly key: string;
  /** False where something on the way is made anew on purpose: entries of what follows may be outdated. */
  readonly isCurrent: boolean;
}

/** What a stage takes over from its base. */
export interface StageStart {
  readonly platform: Platform;
  /** Fields of the image configuration beside `config`, `history` and `rootfs`. */
  readonly author: string | undefined;
  readonly created: string | undefined;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryEntry[];
  readonly layers: readonly ImageLayer[];
  /** The image of a registry that it goes back to. */
  readonly image: BaseImage | undefined;
  readonly identity: FilesIdentity;
  /** Reads the base's layers; called only when an instruction needs to know files. */
  readonly loadTree: () => Promise<FileTree>;
}

/**
 * A stage while it is built, and its image when it is done. Steps change it one after another;
 * other stages read it only when it is done.
 */
export class StageState {
  readonly planned: PlannedStage;
  readonly platform: Platform;
  readonly image: BaseImage | undefined;
  author: string | undefined;
  /** `created` of the base's configuration. */
  readonly baseCreated: string | undefined;
  config: ContainerConfig;
  readonly history: HistoryEntry[];
  readonly layers: ImageLayer[];
  /** Variables that expansion and RUN see: the image's environment and arguments, in order. */
  readonly environment: Map<string, string>;
  readonly arguments: DeclaredArgument[] = [];
  identity: FilesIdentity;
  /** Whether CMD has appeared in this very stage. */
  hasOwnCommand = false;
  /** The stage's directory on disk, once a RUN has needed it. */
  root: StageRoot | undefined;
  #tree: Promise<FileTree> | undefined;
  #loadTree: () => Promise<FileTree>;

  constructor(planned: PlannedStage, start: StageStart) {
    this.planned = planned;
    this.platform = start.platform;
    this.image = start.image;
    this.author = start.author;
    this.identity = start.identity;
    this.baseCreated = start.created;
    this.config = withPath(start.config);
    this.history = [...start.history];
    this.layers = [...start.layers];
    this.environment = new Map((this.config.Env ?? []).map(splitVariable));
    this.#loadTree = start.loadTree;
  }

  /** The stage's files. Do not change the tree: fork it, and set the result with `setTree`. */
  tree(): Promise<FileTree> {
    this.#tree ??= this.#loadTree();
    return this.#tree;
  }

  setTree(tree: FileTree): void {
    this.#tree = Promise.resolve(tree);
  }

  /** Says what the files have become, which is found out when somebody asks. `apply` changes the tree it is given. */
  changeTree(apply: (tree: FileTree) => Promise<void>): void {
    const before = this.#tree;
    const load = before === undefined ? this.#loadTree : () => before;
    this.#loadTree = async () => {
      const tree = (await load()).fork();
      await apply(tree);
      return tree;
    };
    this.#tree = undefined;
  }

  /** The working directory, absolute. */
  get workingDirectory(): string {
    const directory = this.config.WorkingDir ?? "";
    return directory.startsWith("/") ? directory : `/${directory}`;
  }

  /** The words that a command in shell form is put after. */
  get shell(): readonly string[] {
    return this.config.Shell ?? ["/bin/sh", "-c"];
  }

  /** What a stage built FROM this one starts with. */
  toStart(): StageStart {
    return {
      platform: this.platform,
      author: this.author,
      created: this.baseCreated,
      config: this.config,
      history: this.history,
      layers: this.layers,
      image: this.image,
      identity: this.identity,
      loadTree: async () => (await this.tree()).fork(),
    };
  }
}

function withPath(config: ContainerConfig): ContainerConfig {
  const variables = config.Env ?? [];
  if (variables.some((entry) => splitVariable(entry)[0] === "PATH")) return config;
  return { ...config, Env: [...variables, `PATH=${defaultPath}`] };
}
