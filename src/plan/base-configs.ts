import type { Instruction } from "../dockerfile/instruction.ts";
import { didYouMean, nearestOption } from "../dockerfile/suggestion.ts";
import { BuilderError } from "../errors/builder-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { ImageConfig } from "../image/config.ts";
import { formatLayoutReference } from "../image/layout-reference.ts";
import { formatPlatform, type Platform } from "../image/platform.ts";
import { formatReference, withDefaultTag } from "../image/reference.ts";
import type { BuildPlan } from "./build-plan.ts";
import type { NamedSource } from "./named-context.ts";
import type { StageBase } from "./planned-stage.ts";
import { findStage, fromsOf, resolveFrom } from "./resolve-from.ts";

/** A name that stands for an image. */
export type ImageSource = Extract<NamedSource, { readonly kind: "image" | "layout" }>;

/** Finds the configuration of an image; undefined where it is not to be known. */
export type ResolveConfig = (
  image: ImageSource,
  platform: Platform,
) => Promise<ImageConfig | undefined>;

/** An image that a plan uses, and where it is named. */
export interface UsedImage {
  readonly source: ImageSource;
  readonly platform: Platform;
  readonly location: SourceLocation;
}

const commonImages = ["alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora"];

/** The configurations of the images that a plan uses, each resolved once per platform. */
export class BaseConfigs {
  readonly #plan: BuildPlan;
  readonly #resolve: ResolveConfig;
  readonly #configs = new Map<string, Promise<ImageConfig | undefined>>();

  constructor(plan: BuildPlan, resolve: ResolveConfig) {
    this.#plan = plan;
    this.#resolve = resolve;
  }

  /**
   * @throws what resolving throws, with the place where the image is named
   */
  load(image: UsedImage): Promise<ImageConfig | undefined> {
    const key = `${image.source.name} ${formatPlatform(image.platform)}`;
    let config = this.#configs.get(key);
    if (config === undefined) {
      config = this.#resolve(image.source, image.platform).catch((error: unknown) => {
        throw this.#describe(error, image);
      });
      config.catch(() => undefined);
      this.#configs.set(key, config);
    }
    return config;
  }

  #describe(error: unknown, { source, location }: UsedImage): unknown {
    if (!(error instanceof BuilderError)) return error;
    const labels = this.#plan.stages.map(({ label }) => label);
    const known = [...labels, ...commonImages.flatMap((name) => [name, `${name}:latest`])];
    const full =
      source.kind === "image"
        ? formatReference(withDefaultTag(source.reference))
        : formatLayoutReference(source.layout);
    const isMissing = error.code === "REGISTRY_NOT_FOUND";
    const suggestion = didYouMean(isMissing ? nearestOption(source.name, known) : undefined);
    return new BuilderError(
      error.code,
      `${source.name}: failed to resolve source metadata for ${full}: ${error.message}${suggestion}`,
      {
        cause: error,
        location,
        retryable: error.retryable,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      },
    );
  }
}

/** The image that stage `index` starts from; undefined where it starts from something else. */
export function baseImageOf(index: number, plan: BuildPlan): UsedImage | undefined {
  const planned = plan.stages[index];
  if (planned === undefined || !isImage(planned.base)) return undefined;
  const platform = planned.platform ?? plan.targetPlatform;
  return { source: planned.base, platform, location: planned.stage.location };
}

/**
 * The images that an instruction of stage `index` takes files from.
 *
 * @throws DOCKERFILE_INVALID for a malformed name
 */
export function imagesNamedBy(
  instruction: Instruction,
  index: number,
  plan: BuildPlan,
): UsedImage[] {
  const { location } = instruction;
  return fromsOf(instruction).flatMap((from) => {
    // A stage that comes later is an error, but not this one's to report.
    if ((findStage(from, plan.stages, instruction) ?? -1) >= index) return [];
    const found = resolveFrom(from, { index, location }, plan);
    if (found.kind !== "named" || !isImage(found.source)) return [];
    return [{ source: found.source, platform: found.platform ?? plan.targetPlatform, location }];
  });
}

function isImage(source: StageBase): source is ImageSource {
  return source.kind === "image" || source.kind === "layout";
}
