interface FlagBase {
  /** One letter, as in `-f`. */
  readonly short?: string;
  /** Spellings that are not advised any more but still mean the same. */
  readonly aliases?: readonly string[];
  /** The heading that `--help` and docs/flags.md show it under. */
  readonly group: string;
  /** One sentence without a trailing period. */
  readonly description: string;
  /** A variable of kaniko's that means the same as `SLIPWAY_<NAME>`, which wins. */
  readonly kanikoVariable?: string;
  /**
   * Whether it also takes arguments that belong to no flag: the first such flag of a table the first of
   * them, and so on; a list takes all that are left.
   */
  readonly positional?: true;
}

/** `--name`, `--name=true` or `--name=false`; false where it is not given, and there is no other default. */
export interface Switch extends FlagBase {
  readonly kind: "switch";
  readonly default?: "true";
}

/** `--name VALUE`, the last one wins. */
export interface Text extends FlagBase {
  readonly kind: "text";
  /** What help calls the value, in capitals. */
  readonly value: string;
  readonly default?: string;
  /** What `--name` alone means; a value then comes only after `=`. */
  readonly bare?: string;
  /** All values that are taken, where not every text is. */
  readonly choices?: readonly string[];
}

/** `--name VALUE`, any number of times. */
export interface List extends FlagBase {
  readonly kind: "list";
  readonly value: string;
}

/** One flag of a command; its name, without dashes, is its key in the table. */
export type Flag = Switch | Text | List;

/** The flags of a command by name, in the order of its help. */
export type FlagTable = Readonly<Record<string, Flag>>;

type ValueOf<F extends Flag> = F extends Switch
  ? boolean
  : F extends List
    ? readonly string[]
    : F extends { choices: readonly (infer Choice)[] }
      ? Choice
      : F extends { default: string }
        ? string
        : string | undefined;

/** What the flags of a table were given, by name. Empty texts and list elements count as not given. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

/** The environment variable that stands for a flag: `SLIPWAY_NO_PUSH` for `no-push`. */
export function variableOf(name: string): string {
  return `SLIPWAY_${name.replaceAll("-", "_").toUpperCase()}`;
}
