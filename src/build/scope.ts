import type { BuildContext } from "../context/context.ts";
import type { Environment } from "../dockerfile/expansion/environment.ts";
import { type Expansion, expandWord } from "../dockerfile/expansion/expand.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { errorAt } from "../errors/builder-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { SplitPattern } from "../filetree/glob.ts";
import type { FileTime, LayerSource } from "../filetree/node.ts";
import type { FileTree } from "../filetree/tree.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageLayer } from "../output/output.ts";
import type { BuildPlan } from "../plan/build-plan.ts";
import { expandAt } from "../plan/global-scope.ts";
import type { NamedSource } from "../plan/named-context.ts";
import type { ImageSource } from "./base-image.ts";
import type { RemoteFiles } from "./copy/remote.ts";
import type { Forecast } from "./forecast.ts";
import type { BuildPorts, BuildRequest, Runner } from "./ports.ts";
import type { Progress } from "./progress.ts";
import type { StageStart, StageState } from "./stage-state.ts";
import type { StepCache } from "./step-cache.ts";

/** A name that stands for files without an image. */
export type ContextSource = Extract<NamedSource, { kind: "context" }>;

/** Files that a `--from` names: of a finished stage, an image, or a context. */
export interface NamedFiles {
  /** How messages call them. */
  readonly description: string;
  /**
   * Returns a tree that holds what is asked for, and may hold more (see `BuildContext.load`). It is
   * not to be changed.
   */
  load(patterns: readonly SplitPattern[]): Promise<FileTree>;
}

/** The build as its stages see it. */
export interface BuildScope {
  readonly plan: BuildPlan;
  readonly request: BuildRequest;
  readonly ports: BuildPorts;
  readonly progress: Progress;
  /** Aborted when the build is cancelled, or has failed elsewhere. */
  readonly signal: AbortSignal;
  /** Modification time of directories that an instruction makes. */
  readonly fileTime: FileTime;
  /** `created` of what this build makes, RFC 3339. */
  readonly created: string;
  /** Absent where nothing is cached. */
  readonly cache: StepCache | undefined;
  readonly remote: RemoteFiles;
  /** What can be said of a stage before it is built; only where there is a cache. */
  forecast(index: number): Promise<Forecast>;
  /** A layer of elsewhere, which is kept on disk from its first use on where its bytes may be needed again. */
  keptLayer(layer: LayerSource): LayerSource;
  /** Begins to fetch layers that are kept, since all of them will be read. */
  prefetch(layers: readonly ImageLayer[]): void;
  /** The finished stage with this index; whoever asks first has it built. */
  stage(index: number): Promise<StageState>;
  /**
   * Does `work` when fewer than `request.maxParallelism` other steps are under way. What waits for
   * a stage does so before, or the last free place may be lost to waiting.
   */
  step<T>(work: () => Promise<T>): Promise<T>;
  /** What an image gives to a stage that is built from it. */
  baseImage(source: ImageSource, platform: Platform): Promise<StageStart>;
  /** A named context without an image. */
  context(source: ContextSource): Promise<BuildContext>;
  /** The files that `from` names in stage `index`; waits for a stage that it names. */
  files(from: string, index: number, location: SourceLocation): Promise<NamedFiles>;
  runner(): Promise<Runner>;
}

/** What a step has to work with. */
export class StepScope {
  readonly build: BuildScope;
  readonly state: StageState;
  readonly location: SourceLocation;
  /** The variables as they were before this instruction. */
  readonly #environment: Environment;

  constructor(build: BuildScope, state: StageState, instruction: Pick<Instruction, "location">) {
    this.build = build;
    this.state = state;
    this.location = instruction.location;
    this.#environment = new Map(state.environment);
  }

  /**
   * Expands variables in one word.
   *
   * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID
   */
  expand(word: string): string {
    return this.#expansion(word).text;
  }

  /** Like `expand`, but with the variables as this very instruction has left them so far. */
  expandNow(word: string): string {
    const { escape } = this.build.plan.dockerfile;
    const site = { location: this.location, escape };
    return expandAt(word, this.state.environment, site).text;
  }

  /** Expands one word and splits the result at its blanks. */
  expandWords(word: string): readonly string[] {
    return this.#expansion(word).words;
  }

  /** Expands variables in the body of a heredoc, where quotes and the escape directive mean nothing. */
  expandBody(body: string): string {
    return expandWord(body, this.#environment, { escape: "\\", ignoreQuotes: true }).text;
  }

  /** Expands a word that may be absent. */
  expandOptional(word: string | undefined): string | undefined {
    return word === undefined ? undefined : this.expand(word);
  }

  /** Calls `work`, and gives what it throws the place of this instruction. */
  async locate<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw errorAt(error, this.location);
    }
  }

  #expansion(word: string): Expansion {
    const { escape } = this.build.plan.dockerfile;
    return expandAt(word, this.#environment, { location: this.location, escape });
  }
}
