import { type ResultValue, readResultValue } from "./result-value.ts";
import { goError, type StepFiles } from "./step-files.ts";

/** `$(steps.NAME.results.RESULT)`, with `[*]`, `[0]` or `.KEY` after it. */
const reference = /\$\(steps\.([^.()]+)\.results\.([^.()[\]]+)(?:\[(\d+|\*)\]|\.([^.()]+))?\)/g;

/** Puts results of earlier steps into variables. A whole list stands for nothing there. */
export function fillEnvironment(
  files: StepFiles,
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const filled = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace(reference, (...match: string[]) => textOf(findValue(files, match))),
  ]);
  return Object.fromEntries(filled) as Record<string, string>;
}

/**
 * Puts results of earlier steps into arguments. A whole list becomes as many arguments as it has
 * items.
 *
 * @throws Error in the entrypoint's words when any of them is missing; the step then runs with the
 *   arguments as they were.
 */
export function fillArguments(files: StepFiles, args: readonly string[]): readonly string[] {
  return args.flatMap((arg) => {
    let items: readonly string[] | undefined;
    const filled = arg.replace(reference, (...match: string[]) => {
      const found = findForArgument(files, match, arg);
      if (typeof found === "string" || found.length === 0) return textOf(found);
      if (match[0] !== arg) throw new Error(wholeListMessage);
      items = found;
      return "";
    });
    return items ?? [filled];
  });
}

const wholeListMessage =
  'value must be in "$(steps.<step-name>.results.<result-name>[*])" format, when using array results';

function findForArgument(
  files: StepFiles,
  match: readonly string[],
  arg: string,
): string | readonly string[] {
  try {
    return findValue(files, match);
  } catch (error) {
    const message = `failed to find replacement for ${match[0]} to replace ${arg}`;
    throw new Error(message, { cause: error });
  }
}

/** What a reference stands for: the type that it is written for decides, not that of the value. */
function findValue(
  files: StepFiles,
  [, step, result, index, key]: readonly (string | undefined)[],
): string | readonly string[] {
  const file = `/tekton/steps/step-${step}/results/${result}`;
  const text = files.read(file);
  if (text === undefined) throw new Error(goError("open", file, "ENOENT"));
  const found: ResultValue = readResultValue(text);
  if (key !== undefined) return found.type === "object" ? (found.value[key] ?? "") : "";
  if (index === undefined) return found.type === "string" ? found.value : "";
  const items = found.type === "array" ? found.value : [];
  return index === "*" ? items : (items[Number(index)] ?? "");
}

function textOf(value: string | readonly string[]): string {
  return typeof value === "string" ? value : "";
}
