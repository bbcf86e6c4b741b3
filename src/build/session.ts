import { errorAt } from "../errors/builder-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { FileTime } from "../filetree/node.ts";
import { type BuildPlan, type PlannedStage, resolveFrom } from "../plan/build-plan.ts";
import { BaseImages } from "./base-image.ts";
import type { BuildPorts, BuildRequest, Runner } from "./ports.ts";
import type { BuildScope, NamedFiles } from "./scope.ts";
import { buildStage } from "./stage.ts";
import type { StageStart, StageState } from "./stage-state.ts";

/** One build: what is asked, what it has to work with, and its stages, each built once. */
export class BuildSession implements BuildScope, AsyncDisposable {
  readonly plan: BuildPlan;
  readonly request: BuildRequest;
  readonly ports: BuildPorts;
  /** Aborted when the build is cancelled, or one of its stages has failed. */
  readonly signal: AbortSignal;
  readonly #failure = new AbortController();
  readonly #images: BaseImages;
  readonly #stages = new Map<number, Promise<StageState>>();
  #runner: Promise<Runner> | undefined;

  constructor(plan: BuildPlan, request: BuildRequest, ports: BuildPorts) {
    this.plan = plan;
    this.request = request;
    this.ports = ports;
    this.signal = AbortSignal.any([ports.signal, this.#failure.signal]);
    this.#images = new BaseImages(plan, ports);
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

  stage(index: number): Promise<StageState> {
    let built = this.#stages.get(index);
    if (built === undefined) {
      built = this.#build(this.#planned(index));
      built.catch(() => undefined);
      this.#stages.set(index, built);
    }
    return built;
  }

  async baseImage(index: number): Promise<StageStart> {
    const { base, platform } = this.#planned(index);
    if (base.kind !== "image") throw new InternalError(`stage ${index} has no base image`);
    const image = await this.#images.load(base, platform ?? this.request.targetPlatform);
    return image.start;
  }

  async files(from: string, index: number, location: SourceLocation): Promise<NamedFiles> {
    const source = resolveFrom(from, index, this.plan, { location });
    if (source.kind === "stage") {
      const state = await this.stage(source.index);
      return { description: `stage ${state.planned.label}`, load: () => state.tree() };
    }
    const image = await this.#images.load(source, this.request.targetPlatform);
    return { description: `image ${source.name}`, load: () => image.start.loadTree() };
  }

  runner(): Promise<Runner> {
    this.#runner ??= this.ports.runner();
    return this.#runner;
  }

  /** Waits for stages that are still under way, and removes all roots. */
  async [Symbol.asyncDispose](): Promise<void> {
    const settled = await Promise.allSettled(this.#stages.values());
    for (const stage of settled) {
      if (stage.status === "fulfilled") await stage.value.root?.[Symbol.asyncDispose]();
    }
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
