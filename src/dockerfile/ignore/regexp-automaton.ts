import type { Program } from "./regexp-program.ts";
import type { Anchor } from "./regexp-syntax.ts";

/** The steps that are open at some place in a text, and where each character leads from there. */
interface State {
  readonly steps: readonly number[];
  readonly isStart: boolean;
  /** A truth value where the rest of the text does not matter any more. */
  readonly after: Map<string, State | boolean>;
}

type Holds = (anchor: Anchor) => boolean;

const mostStates = 2_000;
const word = /^[0-9A-Za-z_]$/;

/**
 * Runs a compiled expression over texts, all ways through it at once, in time proportional to the
 * text. States are made when first reached and kept for further texts.
 */
export class Automaton {
  readonly #program: Program;
  readonly #hasBoundaries: boolean;
  /** Whether a match can begin at the start of a text only. */
  readonly #isAnchored: boolean;
  readonly #states = new Map<string, State>();

  constructor(program: Program) {
    this.#program = program;
    this.#hasBoundaries = program.steps.some(
      (step) => step.kind === "anchor" && step.anchor.endsWith("boundary"),
    );
    this.#isAnchored = this.#reach([program.start], (anchor) => anchor !== "start").length === 0;
  }

  /** Tells whether the expression matches anywhere in `text`. */
  matches(text: string): boolean {
    let state = this.#state([this.#program.start], true);
    let before = "";
    for (const character of text) {
      const after = this.#advance(state, before, character);
      if (typeof after === "boolean") return after;
      state = after;
      before = character;
    }
    return this.#endsAt(state, before);
  }

  #advance(state: State, before: string, character: string): State | boolean {
    const isBoundary = this.#isBoundary(before, character);
    const key = isBoundary ? `${character}|` : character;
    const known = state.after.get(key);
    if (known !== undefined) return known;
    const open = this.#reach(state.steps, holds({ ...state, isBoundary, isEnd: false }));
    const after = this.#isMatch(open) || this.#step(open, character);
    state.after.set(key, after);
    return after;
  }

  #endsAt(state: State, before: string): boolean {
    const isBoundary = this.#isBoundary(before, "");
    const key = isBoundary ? "end|" : "end";
    const known = state.after.get(key);
    if (typeof known === "boolean") return known;
    const open = this.#reach(state.steps, holds({ ...state, isBoundary, isEnd: true }));
    const isMatch = this.#isMatch(open);
    state.after.set(key, isMatch);
    return isMatch;
  }

  #isBoundary(before: string, after: string): boolean {
    return this.#hasBoundaries && word.test(before) !== word.test(after);
  }

  #isMatch(open: readonly number[]): boolean {
    return open.some((index) => this.#program.steps[index]?.kind === "match");
  }

  /** The state behind `character`; false if there is no way on. */
  #step(open: readonly number[], character: string): State | false {
    const next = new Set<number>(this.#isAnchored ? [] : [this.#program.start]);
    for (const index of open) {
      const step = this.#program.steps[index];
      if (step?.kind === "character" && step.test(character)) next.add(step.next);
    }
    return next.size === 0 ? false : this.#state([...next], false);
  }

  #state(steps: readonly number[], isStart: boolean): State {
    const key = isStart ? "start" : steps.join();
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= mostStates) this.#states.clear();
    const state = { steps, isStart, after: new Map<string, State | boolean>() };
    this.#states.set(key, state);
    return state;
  }

  /** The steps that take a character, or the match, that can be reached without taking any. */
  #reach(from: readonly number[], isAt: Holds): number[] {
    const seen = new Set<number>();
    const reached: number[] = [];
    const pending = [...from];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      const step = this.#program.steps[index];
      if (step === undefined || seen.has(index)) continue;
      seen.add(index);
      if (step.kind === "split") pending.push(...step.next);
      else if (step.kind !== "anchor") reached.push(index);
      else if (isAt(step.anchor)) pending.push(step.next);
    }
    return reached;
  }
}

/** Tells of each anchor whether it holds at a place in the text. */
function holds(place: { isStart: boolean; isEnd: boolean; isBoundary: boolean }): Holds {
  const anchors: Readonly<Record<Anchor, boolean>> = {
    start: place.isStart,
    end: place.isEnd,
    boundary: place.isBoundary,
    "no-boundary": !place.isBoundary,
  };
  return (anchor) => anchors[anchor];
}
