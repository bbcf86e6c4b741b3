import type { Instruction } from "../dockerfile/instruction.ts";
import { splitCsv } from "../dockerfile/instructions/csv.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { Platform } from "../image/platform.ts";
import { type NamedContexts, type NamedSource, resolveName } from "./named-context.ts";
import type { PlannedStage } from "./planned-stage.ts";

/** Where the files of a `--from` come from; `platform` is undefined for the target's. */
export type FileSource =
  | { readonly kind: "stage"; readonly index: number }
  | {
      readonly kind: "named";
      readonly source: NamedSource;
      readonly platform: Platform | undefined;
    };

/** What a `--from` can name. */
export interface FromScope {
  /** All stages of the file, by index. */
  readonly stages: readonly PlannedStage[];
  readonly namedContexts: NamedContexts;
  readonly targetPlatform: Platform;
}

/** The place of an instruction, and the index of the stage that it is in. */
export interface FromSite extends Pick<Instruction, "location"> {
  readonly index: number;
  /** Where a mount puts the files; undefined for COPY. */
  readonly mountTarget?: string | undefined;
}

/**
 * What the `--from` of a COPY or mount names: an earlier stage by name or number, else a named
 * context or an image. A stage that a context replaces is that context.
 *
 * @throws DOCKERFILE_INVALID, with the instruction's location.
 */
export function resolveFrom(from: string, site: FromSite, scope: FromScope): FileSource {
  const { stages, namedContexts, targetPlatform: platform } = scope;
  const found = findStage(from, stages, site);
  if (found === undefined) {
    const source = resolveName(from, { namedContexts, platform, location: site.location });
    return { kind: "named", source, platform: undefined };
  }
  const { base, isReplaced, platform: own } = earlierStage(found, from, { site, stages });
  if (isReplaced && base.kind !== "stage") return { kind: "named", source: base, platform: own };
  return { kind: "stage", index: found };
}

/**
 * The index of the stage that `from` names by name or number; undefined where it names no stage.
 *
 * @throws DOCKERFILE_INVALID for a variable, and for a number that is no stage's
 */
export function findStage(
  from: string,
  stages: readonly PlannedStage[],
  site: Pick<Instruction, "location">,
): number | undefined {
  if (from.includes("$")) {
    throw invalid(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
      site,
    );
  }
  if (/^\d+$/.test(from)) {
    if (Number(from) < stages.length) return Number(from);
    throw invalid(`invalid stage index ${Number(from)}`, site);
  }
  const found = stages.findLastIndex(({ stage }) => stage.name === from.toLowerCase());
  return found < 0 ? undefined : found;
}

/**
 * The indices of the stages that an instruction of stage `index` takes files from.
 *
 * @throws DOCKERFILE_INVALID
 */
export function stagesUsedBy(instruction: Instruction, index: number, scope: FromScope): number[] {
  const { location } = instruction;
  return usesOf(instruction).flatMap(({ from, mountTarget }) => {
    const source = resolveFrom(from, { index, location, mountTarget }, scope);
    return source.kind === "stage" ? [source.index] : [];
  });
}

function earlierStage(
  found: number,
  from: string,
  { site, stages }: { readonly site: FromSite; readonly stages: FromScope["stages"] },
): PlannedStage {
  const stage = stages[found];
  const label = stages[site.index]?.label ?? "";
  if (stage === undefined || found >= site.index) {
    throw invalid(
      site.mountTarget === undefined
        ? `cannot copy from stage "${from}", it needs to be defined before current stage "${label}"`
        : `cannot mount from stage "${from}" to "${site.mountTarget}", stage needs to be defined before current command`,
      site,
    );
  }
  return stage;
}

/** The `--from` values of an instruction: COPY's flag, and those of RUN's mounts. */
export function fromsOf(instruction: Instruction): string[] {
  return usesOf(instruction).map(({ from }) => from);
}

function usesOf(instruction: Instruction): { from: string; mountTarget: string | undefined }[] {
  if (instruction.type === "COPY") {
    const { from } = instruction;
    return from === undefined ? [] : [{ from, mountTarget: undefined }];
  }
  if (instruction.type !== "RUN") return [];
  return instruction.mounts.flatMap((mount) => {
    const fields = splitCsv(mount, "mounts");
    const from = fieldOf(fields, /^from=(.+)$/is);
    const mountTarget = fieldOf(fields, /^(?:target|dst|destination)=(.*)$/is) ?? "";
    return from === undefined ? [] : [{ from, mountTarget }];
  });
}

function fieldOf(fields: readonly string[], form: RegExp): string | undefined {
  return fields.map((field) => form.exec(field)?.[1]).find((value) => value !== undefined);
}

function invalid(message: string, { location }: Pick<Instruction, "location">): DockerfileError {
  return new DockerfileError("DOCKERFILE_INVALID", message, { location });
}
