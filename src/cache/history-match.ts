import type { ContainerConfig, HistoryEntry, ImageConfig } from "../image/config.ts";
import type { Digest } from "../image/digest.ts";
import { splitVariable } from "../image/environment.ts";
import type { Platform } from "../image/platform.ts";

/** A stage before one of its steps, which has changed the configuration already. */
export interface StageSoFar {
  readonly platform: Platform;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryEntry[];
  readonly diffIds: readonly Digest[];
}

/** Where an image has what may be the layer of a step. */
export interface MatchedStep {
  /** The layer's position among those of the image. */
  readonly layer: number;
  /** Of the layer. */
  readonly diffId: Digest;
  /** The history's time for the step. */
  readonly created: string | undefined;
}

/**
 * Finds the layer of a step in an image that has come about in the same way up to there: with the same layers, the
 * same history from the first entry on, and a step of the same words next.
 */
export function matchHistory(
  image: ImageConfig,
  stage: StageSoFar,
  createdBy: string,
): MatchedStep | undefined {
  const history = image.history ?? [];
  const diffIds = image.rootfs.diff_ids;
  const layer = stage.diffIds.length;
  const [step, ...later] = history.slice(stage.history.length);
  const diffId = diffIds[layer];
  if (step === undefined || diffId === undefined) return undefined;
  if (step.empty_layer === true || step.created_by !== createdBy) return undefined;
  const isSame =
    stage.diffIds.every((id, index) => id === diffIds[index]) &&
    stage.history.every((entry, index) => isSameEntry(entry, history[index])) &&
    later.filter((entry) => entry.empty_layer !== true).length === diffIds.length - layer - 1 &&
    isSamePlatform(image, stage.platform) &&
    isSameConfig(image.config ?? {}, stage.config, later);
  return isSame ? { layer, diffId, created: step.created } : undefined;
}

function isSameEntry(entry: HistoryEntry, other: HistoryEntry | undefined): boolean {
  return (
    entry.created_by === other?.created_by &&
    (entry.empty_layer === true) === (other?.empty_layer === true)
  );
}

function isSamePlatform(image: ImageConfig, { os, architecture, variant }: Platform): boolean {
  return image.os === os && image.architecture === architecture && image.variant === variant;
}

/**
 * What is not in the history is the configuration that the base began with. An image says only what it has become in
 * the end: it has to be the same, unless one of the steps that come `later` has set it.
 */
function isSameConfig(
  image: ContainerConfig,
  stage: ContainerConfig,
  later: readonly HistoryEntry[],
): boolean {
  const words = later.map((entry) => entry.created_by ?? "");
  const isSet = (instruction: string): boolean =>
    words.some((text) => text.startsWith(`${instruction} `));
  return (
    (isSet("USER") || (image.User ?? "") === (stage.User ?? "")) &&
    (isSet("WORKDIR") || directoryOf(image) === directoryOf(stage)) &&
    (isSet("SHELL") || JSON.stringify(image.Shell) === JSON.stringify(stage.Shell)) &&
    isSameEnvironment(image.Env, stage.Env, words)
  );
}

function directoryOf({ WorkingDir }: ContainerConfig): string {
  return WorkingDir === undefined || WorkingDir === "" ? "/" : WorkingDir;
}

function isSameEnvironment(
  image: readonly string[] = [],
  stage: readonly string[] = [],
  later: readonly string[],
): boolean {
  const [ends, now] = [image, stage].map((entries) => new Map(entries.map(splitVariable)));
  const names = new Set([...(ends?.keys() ?? []), ...(now?.keys() ?? [])]);
  return [...names].every((name) => {
    const isSet = later.some((text) => text.startsWith("ENV ") && text.includes(` ${name}=`));
    return isSet || ends?.get(name) === now?.get(name);
  });
}
