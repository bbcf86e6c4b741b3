/** A set of characters. */
export type CharacterTest = (character: string) => boolean;

/** A place in the text where a regular expression can ask to be. */
export type Anchor = "start" | "end" | "boundary" | "no-boundary";

/** A regular expression as a tree. */
export type RegexpNode =
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "anchor"; readonly anchor: Anchor }
  | { readonly kind: "sequence"; readonly items: readonly RegexpNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexpNode[] }
  | {
      readonly kind: "repeat";
      readonly item: RegexpNode;
      readonly least: number;
      /** Infinity where there is no upper limit. */
      readonly most: number;
    };
