import { expandWord } from "../dockerfile/expansion/expand.ts";
import type {
  ArgDefinition,
  ArgInstruction,
  Dockerfile,
  Instruction,
} from "../dockerfile/instruction.ts";
import type { Mount } from "../dockerfile/instructions/mount.ts";
import { parseMounts } from "../dockerfile/instructions/run-mount.ts";
import { errorAt } from "../errors/builder-error.ts";
import { expandInstruction, type WordExpander } from "./expand-instruction.ts";
import { applyInstruction, type StageFacts } from "./stage-facts.ts";

/** An argument that a stage declares. */
export interface StageArgument {
  readonly definition: ArgDefinition;
  readonly value: string | undefined;
  /** Whether the value is that of the argument before the first FROM. */
  readonly isInherited: boolean;
}

/** Is told what a stage's instructions say, in order. What it throws ends the reading. */
export interface StageObserver {
  /** An instruction, its words expanded but for ARG's, before it takes effect; `mounts` are those of RUN. */
  readonly instruction?: (
    instruction: Instruction,
    facts: StageFacts,
    mounts: readonly Mount[],
  ) => void;
  /** An argument that is declared. */
  readonly argument?: (argument: StageArgument, instruction: ArgInstruction) => void;
  /** A variable that a word refers to and that has no value, once per word. */
  readonly missing?: (name: string, instruction: Instruction, facts: StageFacts) => void;
}

/** What reading a stage depends on, apart from its base. */
export interface ReadingScope {
  readonly escape: Dockerfile["escape"];
  readonly globalScope: ReadonlyMap<string, string>;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly observer: StageObserver;
}

/**
 * Goes through the instructions of a stage without carrying them out: expands their words, and keeps
 * `facts` up to date.
 *
 * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID, or what the observer throws, with the location
 */
export function readStage(
  instructions: readonly Instruction[],
  facts: StageFacts,
  scope: ReadingScope,
): void {
  for (const instruction of instructions) {
    try {
      readInstruction(instruction, facts, scope);
    } catch (error) {
      throw errorAt(error, instruction.location);
    }
  }
}

function readInstruction(instruction: Instruction, facts: StageFacts, scope: ReadingScope): void {
  const expand = expanderOf(instruction, facts, scope);
  const expanded = expandInstruction(instruction, expand);
  const mounts = expanded.type === "RUN" ? parseMounts(expanded, expand.word) : [];
  scope.observer.instruction?.(expanded, facts, mounts);
  if (expanded.type === "ARG") declareArguments(expanded, facts, { ...scope, expand });
  applyInstruction(facts, expanded);
}

function declareArguments(
  instruction: ArgInstruction,
  facts: StageFacts,
  scope: ReadingScope & { readonly expand: WordExpander },
): void {
  const { buildArgs, globalScope, expand, observer } = scope;
  for (const definition of instruction.args) {
    const { key, value: written } = definition;
    const given = buildArgs.get(key);
    const inherited =
      given === undefined && written === undefined ? globalScope.get(key) : undefined;
    const isDefault = given === undefined && written !== undefined;
    const value = isDefault ? expand.word(written) : (given ?? inherited);
    if (value !== undefined) facts.environment.set(key, value);
    facts.declared.add(key);
    observer.argument?.({ definition, value, isInherited: inherited !== undefined }, instruction);
  }
}

/** Expands with the variables as they are at the moment of each call. */
function expanderOf(
  instruction: Instruction,
  facts: StageFacts,
  { escape, observer }: ReadingScope,
): WordExpander {
  const watched = (text: string, options: Parameters<typeof expandWord>[2]): string => {
    const missing = new Set<string>();
    const get = (name: string): string | undefined => {
      const value = facts.environment.get(name);
      if (value === undefined) missing.add(name);
      return value;
    };
    try {
      return expandWord(text, { get }, options).text;
    } finally {
      // What a word lacks is told also where the word cannot be expanded for it.
      for (const name of missing) observer.missing?.(name, instruction, facts);
    }
  };
  return {
    word: (text) => watched(text, { escape }),
    words: (text) => expandWord(text, facts.environment, { escape }).words,
    body: (text) => watched(text, { escape: "\\", ignoreQuotes: true }),
  };
}
