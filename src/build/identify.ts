import type { CacheKey, KeyPart } from "../cache/cache-key.ts";
import { type StepParts, stepKey } from "../cache/step-key.ts";
import type { FileTree } from "../filetree/tree.ts";
import { formatPlatform } from "../image/platform.ts";
import { resolveFrom } from "../plan/resolve-from.ts";
import type { LayerStep, TakenFiles } from "./layer-step.ts";
import type { StepScope } from "./scope.ts";

/** How files of stages are known, and what stands for files that are loaded. */
export interface Identification {
  readonly digest: (tree: FileTree) => Promise<string>;
  /** The files of a stage, or what stands for them. */
  readonly ofStage: (index: number) => Promise<FileTree | { readonly stage: string }>;
}

/** What stands for files that an instruction takes from elsewhere: an image's layers, or what is taken. */
export async function identify(
  { source: wanted, take }: TakenFiles,
  scope: StepScope,
  { digest, ofStage }: Identification,
): Promise<KeyPart> {
  const { build, state, location } = scope;
  const ofLoaded = async (files: Promise<FileTree>): Promise<KeyPart> => ({
    files: await digest(take(await files)),
  });
  if ("load" in wanted) return ofLoaded(wanted.load());
  const { from, patterns } = wanted;
  if (from === undefined) return ofLoaded(build.ports.context.load(patterns));
  const found = resolveFrom(from, { index: state.planned.index, location }, build.plan);
  if (found.kind === "stage") {
    const files = await ofStage(found.index);
    return "stage" in files ? { ...files } : ofLoaded(Promise.resolve(files));
  }
  const { source, platform = build.request.targetPlatform } = found;
  if (source.kind === "image" || source.kind === "layout") {
    const { identity } = await build.baseImage(source, platform);
    return { image: identity.content ?? null };
  }
  const named = await build.files(from, state.planned.index, location);
  return ofLoaded(named.load(patterns));
}

/** The key of a step's layer, given what stands for the files that it finds. */
export function keyOf(
  step: LayerStep,
  parts: StepParts,
  { parent, scope }: { readonly parent: string; readonly scope: StepScope },
): CacheKey {
  const { request } = scope.build;
  return stepKey(parts, {
    parent: step.isLinked ? null : parent,
    platform: formatPlatform(scope.state.platform),
    latestMtime: request.sourceDateEpoch ?? null,
    compression: request.compression,
  });
}
