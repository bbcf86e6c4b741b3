import { BuilderError } from "../errors/builder-error.ts";

/** What `--chmod` does to a mode. */
export interface ModeChange {
  /** The mode itself where it was given as octal number; symbolic changes depend on the old mode. */
  readonly absolute: number | undefined;
  /** The new permission bits (at most octal 7777) of a file whose bits are `mode`. */
  apply(mode: number, isDirectory: boolean): number;
}

const setuid = 0o4000;
const setgid = 0o2000;
const sticky = 0o1000;

/**
 * Parses the value of `--chmod`: an octal number up to 7777, or symbolic clauses as of chmod(1)
 * (`u+rwX,go=r`).
 *
 * @throws DOCKERFILE_INVALID when it is neither.
 */
export function parseModeChange(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode > 0o7777) throw invalid(text);
    return { absolute: mode, apply: () => mode };
  }
  if (/^[0-9]+$/.test(text)) throw invalid(text);
  const clauses = text.split(",").map((clause) => parseClause(clause, text));
  return {
    absolute: undefined,
    apply: (mode, isDirectory) =>
      clauses.reduce((bits, clause) => clause(bits, isDirectory), mode & 0o7777),
  };
}

type Clause = (mode: number, isDirectory: boolean) => number;

function parseClause(clause: string, text: string): Clause {
  const match = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(clause);
  if (match === null) throw invalid(text);
  const [, who = "", actions = ""] = match;
  const classes = who === "" || who.includes("a") ? "ugo" : who;
  const steps = [...actions.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)];
  return (mode, isDirectory) =>
    steps.reduce(
      (bits, [, operator = "+", permissions = ""]) =>
        act(bits, {
          classes,
          operator,
          permissions,
          isDirectory,
          everyone: who === "" || who.includes("a"),
        }),
      mode,
    );
}

interface Action {
  readonly classes: string;
  readonly everyone: boolean;
  readonly operator: string;
  readonly permissions: string;
  readonly isDirectory: boolean;
}

function act(mode: number, action: Action): number {
  const bits = bitsOf(mode, action);
  if (action.operator === "+") return mode | bits;
  if (action.operator === "-") return mode & ~bits;
  let mask = 0;
  for (const name of action.classes) mask |= (0o7 << shiftOf(name)) | specialOf(name);
  if (action.everyone) mask |= sticky;
  return (mode & ~mask) | bits;
}

function bitsOf(mode: number, action: Action): number {
  const { classes, permissions, isDirectory } = action;
  let bits = 0;
  for (const name of classes) {
    const shift = shiftOf(name);
    if (/^[ugo]$/.test(permissions)) {
      bits |= ((mode >> shiftOf(permissions)) & 0o7) << shift;
      continue;
    }
    if (permissions.includes("r")) bits |= 0o4 << shift;
    if (permissions.includes("w")) bits |= 0o2 << shift;
    if (permissions.includes("x")) bits |= 0o1 << shift;
    if (permissions.includes("X") && (isDirectory || (mode & 0o111) !== 0)) bits |= 0o1 << shift;
    if (permissions.includes("s")) bits |= specialOf(name);
  }
  if (permissions.includes("t") && action.everyone) bits |= sticky;
  return bits;
}

function shiftOf(name: string): number {
  return name === "u" ? 6 : name === "g" ? 3 : 0;
}

function specialOf(name: string): number {
  return name === "u" ? setuid : name === "g" ? setgid : 0;
}

function invalid(text: string): BuilderError {
  return new BuilderError(
    "DOCKERFILE_INVALID",
    `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
    { hint: "Write an octal mode such as 0755, or a symbolic one such as u=rwX,go=rX" },
  );
}
