import type {
  AddInstruction,
  CopyInstruction,
  EnvInstruction,
  Instruction,
  LabelInstruction,
} from "../dockerfile/instruction.ts";

/** How the words of an instruction are expanded. */
export interface WordExpander {
  /** Expands a word. */
  readonly word: (text: string) => string;
  /** Expands a word of EXPOSE, and splits what comes out. */
  readonly words: (text: string) => readonly string[];
  /** Expands the body of a heredoc. */
  readonly body: (text: string) => string;
}

/**
 * The instruction with its words expanded, where they are when it is carried out. ARG and the mounts
 * of RUN are left as they are: each of their words has a meaning of its own.
 *
 * @throws what `expand` throws
 */
export function expandInstruction(instruction: Instruction, expand: WordExpander): Instruction {
  const expansion = expansions[instruction.type] as Expansion<Instruction> | undefined;
  return expansion?.(instruction, expand) ?? instruction;
}

type Expansion<I> = (instruction: I, expand: WordExpander) => I;

const expansions: {
  readonly [Type in Instruction["type"]]?: Expansion<Extract<Instruction, { type: Type }>>;
} = {
  ADD: (instruction, expand) =>
    expandCopy({ ...instruction, checksum: optional(instruction.checksum, expand.word) }, expand),
  COPY: expandCopy,
  ENV: expandPairs,
  EXPOSE: (instruction, { words }) => ({
    ...instruction,
    ports: instruction.ports.flatMap(words),
  }),
  LABEL: expandPairs,
  STOPSIGNAL: (instruction, { word }) => ({ ...instruction, signal: word(instruction.signal) }),
  USER: (instruction, { word }) => ({ ...instruction, user: word(instruction.user) }),
  VOLUME: (instruction, { word }) => ({ ...instruction, paths: instruction.paths.map(word) }),
  WORKDIR: (instruction, { word }) => ({ ...instruction, path: word(instruction.path) }),
};

function expandPairs<I extends EnvInstruction | LabelInstruction>(
  instruction: I,
  { word }: WordExpander,
): I {
  const pairs = instruction.pairs.map((pair) => ({
    ...pair,
    key: word(pair.key),
    value: word(pair.value),
  }));
  return { ...instruction, pairs };
}

function expandCopy<I extends AddInstruction | CopyInstruction>(
  instruction: I,
  { word, body }: WordExpander,
): I {
  return {
    ...instruction,
    chown: optional(instruction.chown, word),
    chmod: optional(instruction.chmod, word),
    sources: instruction.sources.map(word),
    destination: word(instruction.destination),
    inline: instruction.inline.map((file) =>
      file.expand ? { ...file, data: body(file.data) } : file,
    ),
  };
}

function optional(text: string | undefined, word: WordExpander["word"]): string | undefined {
  return text === undefined ? undefined : word(text);
}
