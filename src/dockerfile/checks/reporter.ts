import type { SourceLocation } from "../../errors/source-location.ts";
import { type CheckOptions, isChecked, withComments } from "./options.ts";
import type { RuleName } from "./rules.ts";

/** Something that a rule found. */
export interface CheckWarning {
  readonly rule: RuleName;
  readonly message: string;
  readonly location: SourceLocation;
}

/** Collects what rules find, as far as they are to be checked. */
export class CheckReporter {
  readonly #options: CheckOptions;
  readonly #warnings: CheckWarning[];

  /** `warnings` is what it collects into. */
  constructor(options: CheckOptions, warnings: CheckWarning[]) {
    this.#options = options;
    this.#warnings = warnings;
  }

  report(rule: RuleName, location: SourceLocation, message: string): void {
    if (isChecked(rule, this.#options)) this.#warnings.push({ rule, message, location });
  }

  /** A reporter that heeds a `check=` among the comments above an instruction; it collects into this one. */
  above(comments: readonly string[]): CheckReporter {
    return new CheckReporter(withComments(this.#options, comments), this.#warnings);
  }
}

/** The order in which warnings are shown: by line, rule and message. */
export function compareWarnings(a: CheckWarning, b: CheckWarning): number {
  return (
    a.location.firstLine - b.location.firstLine ||
    compareText(a.rule, b.rule) ||
    compareText(a.message, b.message)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
