import type { Instruction } from "../dockerfile/instruction.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { ImageConfig } from "../image/config.ts";
import { defaultPath, splitVariable } from "../image/environment.ts";

/** What can be told of a stage at one of its instructions, without building it. */
export interface StageFacts {
  /** Variables that expansion sees: of the base image, of ENV, and arguments with a value. */
  readonly environment: Map<string, string>;
  /** Names that ARG has declared, with or without a value. */
  readonly declared: Set<string>;
  /** Whether the base image's configuration is known, and so all variables are. */
  readonly isBaseKnown: boolean;
  /** Whether the base image or a SHELL says what shell commands run in. */
  hasShell: boolean;
  /** Whether a WORKDIR has appeared, in this stage or in one that it is built on. */
  hasWorkdir: boolean;
  /** Where the last CMD, ENTRYPOINT, ... of this very stage stands. */
  readonly last: Map<Instruction["type"], SourceLocation>;
}

/** The facts of a stage that starts from an image; without `config` it is not known what that holds. */
export function factsOfImage(image: Pick<ImageConfig, "config"> | undefined): StageFacts {
  const variables = (image?.config?.Env ?? []).map(splitVariable);
  const environment = new Map(variables);
  if (!environment.has("PATH")) environment.set("PATH", defaultPath);
  return {
    environment,
    declared: new Set(),
    isBaseKnown: image !== undefined,
    hasShell: (image?.config?.Shell ?? []).length > 0,
    hasWorkdir: false,
    last: new Map(),
  };
}

/** The facts of a stage that starts from a stage with these. */
export function factsOfStage(base: StageFacts): StageFacts {
  return {
    ...base,
    environment: new Map(base.environment),
    declared: new Set(base.declared),
    last: new Map(),
  };
}

/** Adds to `facts` what an expanded instruction changes. */
export function applyInstruction(facts: StageFacts, instruction: Instruction): void {
  facts.last.set(instruction.type, instruction.location);
  if (instruction.type === "ENV") {
    for (const { key, value } of instruction.pairs) facts.environment.set(key, value);
  } else if (instruction.type === "SHELL") facts.hasShell = instruction.args.length > 0;
  else if (instruction.type === "WORKDIR") facts.hasWorkdir = true;
}
