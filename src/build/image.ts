import type { ContainerConfig, HistoryEntry, ImageConfig } from "../image/config.ts";
import { formatTypes, layerInFormat } from "../image/image-format.ts";
import type { Manifest } from "../image/manifest.ts";
import type { Platform } from "../image/platform.ts";
import { toDocument } from "../output/document.ts";
import type { FinishedImage } from "../output/output.ts";
import type { BuildScope } from "./scope.ts";
import type { StageState } from "./stage-state.ts";

/**
 * Makes configuration and manifest of a finished stage, in the types of the format that is asked for.
 *
 * @throws USAGE_CONFLICT when the format has no type for a layer of the base.
 */
export function assembleImage(state: StageState, build: BuildScope): FinishedImage {
  const { imageFormat } = build.request;
  const types = formatTypes[imageFormat];
  const config = toDocument(configOf(state, build), types.config);
  const annotations = Object.fromEntries(build.request.annotations);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: state.layers.map(({ descriptor }) => layerInFormat(descriptor, imageFormat)),
    ...(build.request.annotations.size === 0 ? {} : { annotations }),
  };
  return {
    manifest: toDocument(manifest, manifest.mediaType, 2),
    config,
    layers: state.layers,
    ...(state.image === undefined ? {} : { base: state.image }),
  };
}

function configOf(state: StageState, build: BuildScope): ImageConfig {
  const platform = platformOf(state, build);
  const osVersion = platform["os.version"];
  const history = withTimes(state.history, build);
  const created = createdOf(history, state, build);
  return {
    ...(state.author === undefined ? {} : { author: state.author }),
    architecture: platform.architecture,
    config: withLabels(state.config, build.request.labels),
    ...(created === undefined ? {} : { created }),
    history,
    os: platform.os,
    ...(osVersion === undefined ? {} : { "os.version": osVersion }),
    rootfs: { type: "layers", diff_ids: state.layers.map(({ diffId }) => diffId) },
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
  };
}

function platformOf(state: StageState, { request }: BuildScope): Platform {
  return request.isPlatformRequested ? request.targetPlatform : state.platform;
}

/**
 * Instructions that made no layer have the time of what comes before them, as BuildKit has it, else of what comes
 * behind them: so an image whose layers are all from the cache is the same as before. SOURCE_DATE_EPOCH is theirs
 * where it is given.
 */
function withTimes(history: readonly HistoryEntry[], build: BuildScope): HistoryEntry[] {
  const isFixed = build.request.sourceDateEpoch !== undefined;
  const first = history.find(({ created }) => created !== undefined)?.created;
  let time = isFixed ? build.created : (first ?? build.created);
  return history.map((entry) => {
    if (!isFixed) time = entry.created ?? time;
    return { created: time, ...entry };
  });
}

/** The latest moment that the history knows, else the base's; never after SOURCE_DATE_EPOCH. */
function createdOf(
  history: readonly HistoryEntry[],
  state: StageState,
  build: BuildScope,
): string | undefined {
  const latest = history.findLast((entry) => entry.created !== undefined);
  const created = latest?.created ?? state.baseCreated;
  const epoch = build.request.sourceDateEpoch;
  if (created === undefined || epoch === undefined) return created;
  return Date.parse(created) > epoch * 1000 ? build.created : created;
}

function withLabels(config: ContainerConfig, labels: ReadonlyMap<string, string>): ContainerConfig {
  const present = Object.entries(config).filter(([, value]) => value !== null);
  const result: ContainerConfig = Object.fromEntries(present);
  if (labels.size === 0) return result;
  return { ...result, Labels: { ...config.Labels, ...Object.fromEntries(labels) } };
}
