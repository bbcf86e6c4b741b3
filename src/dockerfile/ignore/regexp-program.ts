import type { Anchor, CharacterTest, RegexpNode } from "./regexp-syntax.ts";

/** One step of a compiled expression; numbers are indexes of the steps to go on with. */
export type Step =
  | { readonly kind: "character"; readonly test: CharacterTest; readonly next: number }
  | { readonly kind: "anchor"; readonly anchor: Anchor; readonly next: number }
  | { readonly kind: "split"; readonly next: readonly number[] }
  | { readonly kind: "match" };

/** Steps of a compiled expression, and the one to begin with. */
export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
}

const mostSteps = 20_000;

/** Compiles an expression; undefined if its repetitions make it too large. */
export function compileRegexp(node: RegexpNode): Program | undefined {
  const steps: Step[] = [{ kind: "match" }];
  const start = emit(node, 0, steps);
  return steps.length > mostSteps ? undefined : { steps, start };
}

/** Adds the steps of `node`, which go on with `next`, and returns the first of them. */
function emit(node: RegexpNode, next: number, steps: Step[]): number {
  if (steps.length > mostSteps) return next;
  if (node.kind === "sequence") {
    return node.items.reduceRight((after, item) => emit(item, after, steps), next);
  }
  if (node.kind === "repeat") return emitRepeat(node, next, steps);
  if (node.kind === "choice") {
    const starts = node.options.map((option) => emit(option, next, steps));
    return steps.push({ kind: "split", next: starts }) - 1;
  }
  return steps.push({ ...node, next }) - 1;
}

function emitRepeat(
  { item, least, most }: Extract<RegexpNode, { kind: "repeat" }>,
  next: number,
  steps: Step[],
): number {
  let start = next;
  if (most === Number.POSITIVE_INFINITY) {
    const loop = steps.push({ kind: "match" }) - 1;
    steps[loop] = { kind: "split", next: [emit(item, loop, steps), next] };
    start = loop;
  }
  for (let count = least; count < most && most !== Number.POSITIVE_INFINITY; count++) {
    start = steps.push({ kind: "split", next: [emit(item, start, steps), next] }) - 1;
  }
  for (let count = 0; count < least; count++) start = emit(item, start, steps);
  return start;
}
