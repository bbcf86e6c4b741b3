import type { BuildContext } from "../context/context.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { errorAt } from "../errors/builder-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { FileTime, LayerSource } from "../filetree/node.ts";
import { FileTree } from "../filetree/tree.ts";
import type { Platform } from "../image/platform.ts";
import { FileDigests } from "../layer/file-digests.ts";
import type { ImageLayer } from "../output/output.ts";
import type { BuildPlan } from "../plan/build-plan.ts";
import type { NamedSource } from "../plan/named-context.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import { resolveFrom } from "../plan/resolve-from.ts";
import { createLimit, type Limit } from "../support/limit.ts";
import { BaseImages, type ImageSource } from "./base-image.ts";
import { RemoteFiles } from "./copy/remote.ts";
import type { Forecast } from "./forecast.ts";
import { foreseeStage } from "./foresee-stage.ts";
import { KeptLayers } from "./kept-layers.ts";
import type { BuildPorts, BuildRequest, Runner } from "./ports.ts";
import { Progress } from "./progress.ts";
import type { BuildScope, ContextSource, NamedFiles } from "./scope.ts";
import { buildStage } from "./stage.ts";
import type { StageStart, StageState } from "./stage-state.ts";
import { StepCache } from "./step-cache.ts";

/** One build: what is asked, what it has to work with, and its stages, each built once. */
export class BuildSession implements BuildScope, AsyncDisposable {
  readonly plan: BuildPlan;
  readonly request: BuildRequest;
  readonly ports: BuildPorts;
  readonly progress: Progress;
  /** Aborted when the build is cancelled, or one of its stages has failed. */
  readonly signal: AbortSignal;
  readonly #failure = new AbortController();
  readonly #steps: Limit;
  readonly cache: StepCache | undefined;
  readonly remote: RemoteFiles;
  readonly #kept: KeptLayers;
  readonly #keepsLayers: boolean;
  readonly #images: BaseImages;
  readonly #contexts = new Map<string, Promise<BuildContext>>();
  readonly #forecasts = new Map<number, Promise<Forecast>>();
  readonly #stages = new Map<number, Promise<StageState>>();
  #runner: Promise<Runner> | undefined;

  constructor(plan: BuildPlan, request: BuildRequest, ports: BuildPorts) {
    this.plan = plan;
    this.request = request;
    this.ports = ports;
    this.progress = new Progress(instructionsOf(plan).length, ports.progress);
    this.signal = AbortSignal.any([ports.signal, this.#failure.signal]);
    this.#steps = createLimit(request.maxParallelism);
    this.#kept = new KeptLayers(ports.spool, this.signal);
    this.#keepsLayers = needsContents(plan);
    const kept = this.#keepsLayers ? this.#kept : undefined;
    this.cache = openCache(request, ports);
    this.#images = new BaseImages({ ports, signal: this.signal, kept, cache: this.cache });
    const access = { ...ports.remoteAccess, signal: this.signal };
    this.remote = new RemoteFiles(access, request.startTime);
  }

  get fileTime(): FileTime {
    const epoch = this.request.sourceDateEpoch;
    return epoch === undefined ? this.request.startTime : { seconds: epoch, nanoseconds: 0 };
  }

  get created(): string {
    const { seconds, nanoseconds } = this.fileTime;
    const fraction = nanoseconds === 0 ? "" : `.${String(nanoseconds).padStart(9, "0")}`;
    return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, `${fraction}Z`);
  }

  /** Builds everything that the target needs, and gives the target. */
  target(): Promise<StageState> {
    return this.stage(this.plan.target);
  }

  forecast(index: number): Promise<Forecast> {
    let forecast = this.#forecasts.get(index);
    if (forecast === undefined) {
      if (this.cache === undefined) throw new InternalError("nothing is foreseen without a cache");
      forecast = foreseeStage(this.#planned(index), this, this.cache);
      forecast.catch(() => undefined);
      this.#forecasts.set(index, forecast);
    }
    return forecast;
  }

  keptLayer(layer: LayerSource): LayerSource {
    return this.#keepsLayers ? this.#kept.keep(layer) : layer;
  }

  prefetch(layers: readonly ImageLayer[]): void {
    this.#kept.prefetch(layers);
  }

  stage(index: number): Promise<StageState> {
    let built = this.#stages.get(index);
    if (built === undefined) {
      built = this.#build(this.#planned(index));
      built.catch(() => undefined);
      this.#stages.set(index, built);
    }
    return built;
  }

  step<T>(work: () => Promise<T>): Promise<T> {
    return this.#steps(() => {
      this.signal.throwIfAborted();
      return work();
    });
  }

  baseImage(source: ImageSource, platform: Platform): Promise<StageStart> {
    return this.#images.load(source, platform);
  }

  context({ location }: ContextSource): Promise<BuildContext> {
    let context = this.#contexts.get(location);
    if (context === undefined) {
      context = this.ports.openContext(location);
      this.#contexts.set(location, context);
    }
    return context;
  }

  async files(from: string, index: number, location: SourceLocation): Promise<NamedFiles> {
    const found = resolveFrom(from, { index, location }, this.plan);
    if (found.kind === "named") {
      return this.#named(found.source, found.platform ?? this.request.targetPlatform);
    }
    const state = await this.stage(found.index);
    return { description: `stage ${state.planned.label}`, load: () => state.tree() };
  }

  runner(): Promise<Runner> {
    this.#runner ??= this.ports.runner();
    return this.#runner;
  }

  /** Waits for what is still under way, and removes all roots. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#forecasts.values());
    const settled = await Promise.allSettled(this.#stages.values());
    for (const stage of settled) {
      if (stage.status === "fulfilled") await stage.value.root?.[Symbol.asyncDispose]();
    }
    await this.#kept[Symbol.asyncDispose]();
  }

  async #named(source: NamedSource, platform: Platform): Promise<NamedFiles> {
    if (source.kind === "scratch") {
      return { description: "scratch", load: () => Promise.resolve(new FileTree()) };
    }
    if (source.kind === "context") {
      const context = await this.context(source);
      const description = `the build context ${source.name}`;
      return { description, load: (patterns) => context.load(patterns) };
    }
    const image = await this.baseImage(source, platform);
    return { description: `image ${source.name}`, load: () => image.loadTree() };
  }

  #planned(index: number): PlannedStage {
    const planned = this.plan.stages[index];
    if (planned === undefined) throw new InternalError(`there is no stage ${index}`);
    return planned;
  }

  async #build(planned: PlannedStage): Promise<StageState> {
    try {
      return await buildStage(planned, this);
    } catch (error) {
      const first = this.#failure.signal.aborted ? this.#failure.signal.reason : error;
      this.#failure.abort(first);
      throw errorAt(first, planned.stage.location);
    }
  }
}

function openCache(request: BuildRequest, ports: BuildPorts): StepCache | undefined {
  const { noCache } = request;
  if (ports.cache === undefined) return undefined;
  return new StepCache({
    ...ports.cache,
    digests: new FileDigests(ports.contents),
    isFresh: ({ index, stage }) =>
      noCache === "all" || noCache.includes(String(index)) || noCache.includes(stage.name),
  });
}

/** Whether the bytes of base layers will be read, and not only their headers. */
function needsContents(plan: BuildPlan): boolean {
  return instructionsOf(plan).some(
    (instruction) =>
      instruction.type === "RUN" || (instruction.type === "COPY" && instruction.from !== undefined),
  );
}

/** Of all stages that will be built. */
function instructionsOf({ reachable, stages }: BuildPlan): readonly Instruction[] {
  return reachable.flatMap((index) => stages[index]?.stage.instructions ?? []);
}
