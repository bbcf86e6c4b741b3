/** A reference such as `$(params.git.url)`, `$(params.list[*])` or `$(params["dotted.name"])`. */
export interface VariableReference {
  readonly whole: string;
  readonly name: string;
  /** What follows the name after a dot: a key of an object, or a field such as `path`. */
  readonly member: string;
  /** `[*]`, an index in brackets, or nothing. */
  readonly index: string;
}

/** The references in a text to variables with that prefix, such as `params`. */
export function referencesTo(prefix: string, text: string): VariableReference[] {
  const pattern = new RegExp(`\\$\\(${prefix}([.[][^()]*)\\)`, "g");
  return [...text.matchAll(pattern)].map(([whole, rest = ""]) => ({ whole, ...parsed(rest) }));
}

/** Whether a text is nothing but a reference to a whole list or object, such as `$(params.x[*])`. */
export function isWholeReference(text: string): boolean {
  return /^\$\([^()]*\[\*\]\)$/.test(text);
}

function parsed(rest: string): Omit<VariableReference, "whole"> {
  const index = /\[(?:\*|\d+)\]$/.exec(rest)?.[0] ?? "";
  const path = rest.slice(0, rest.length - index.length);
  const [, quoted, behind = ""] = /^\[["'](.*?)["']\](.*)$/.exec(path) ?? [];
  if (quoted !== undefined) return { name: quoted, member: behind.slice(1), index };
  const [name = "", ...members] = path.slice(1).split(".");
  return { name, member: members.join("."), index };
}

/** All texts of a manifest's part. */
export function textsIn(part: unknown): string[] {
  if (typeof part === "string") return [part];
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(textsIn) : [];
}
