import { isFannedOut } from "../engine/fan-out.ts";
import { findTemplate } from "../find-template.ts";
import type { Call, Task, Template } from "../manifest.ts";
import {
  anyItem,
  type CheckTemplate,
  checkTags,
  type LintCall,
  type LintContext,
  outputTags,
  within,
} from "./context.ts";
import { LintError } from "./lint-error.ts";
import { checkArguments, checkNames, checkValues } from "./names.ts";
import { checkDependencies, checkTask, inOrder } from "./task-order.ts";

/** A steps or DAG template whose calls are looked at. */
interface Calling {
  readonly context: LintContext;
  readonly caller: LintCall;
  readonly check: CheckTemplate;
  /** The tags that hold before any of its calls. */
  readonly scope: ReadonlySet<string>;
}

/** Checks the calls of a steps template. Gives the tags that hold after them. */
export function checkSteps(calling: Calling): ReadonlySet<string> {
  const { name: template, steps = [] } = calling.caller.template;
  const known = new Set(calling.scope);
  const names = steps.flat();
  for (const [at, group] of steps.entries()) {
    checkNames(`templates.${template}.steps[${at}]`, group);
    const after = group.flatMap((step) => {
      if (names.filter(({ name }) => name === step.name).length > 1) {
        throw new LintError(`templates.${template}.steps[${at}].name '${step.name}' is not unique`);
      }
      const place = `templates.${template}.steps[${at}].${step.name}`;
      return checkCall({ ...calling, place, known, call: step, prefix: `steps.${step.name}` });
    });
    for (const tag of after) known.add(tag);
  }
  return known;
}

/** Checks the calls of a DAG template. Gives the tags that hold after all of them. */
export function checkDag(calling: Calling): ReadonlySet<string> {
  const { name: template, dag } = calling.caller.template;
  const tasks = dag?.tasks ?? [];
  const place = `templates.${template}`;
  checkNames(`${place}.tasks`, tasks);
  const uses = (field: keyof Task): boolean => tasks.some((task) => task[field] !== undefined);
  if (uses("depends") && uses("dependencies")) {
    throw new LintError(
      `${place} cannot use both 'depends' and 'dependencies' in the same DAG template`,
    );
  }
  if (tasks.length === 0) throw new LintError(`${place} must have at least one task`);
  for (const task of tasks) checkTask(place, task, uses("depends"));
  const tagsOf = new Map<string, readonly string[]>();
  for (const { task, ancestors } of inOrder(place, tasks)) {
    const here = `${place}.tasks.${task.name}`;
    checkDependencies(here, task, ancestors);
    const known = new Set([
      ...calling.scope,
      ...calling.context.globals,
      ...[...ancestors].flatMap((name) => tagsOf.get(name) ?? []),
    ]);
    const call = { ...calling, place: here, known, call: task, prefix: `tasks.${task.name}` };
    tagsOf.set(task.name, checkCall(call));
  }
  return new Set([...calling.scope, ...[...tagsOf.values()].flat()]);
}

interface LintedCall extends Calling {
  readonly place: string;
  readonly known: ReadonlySet<string>;
  readonly call: Call;
  readonly prefix: string;
}

/** Checks a step or task and what it calls. Gives the tags that it is known by afterwards. */
function checkCall({ context, caller, check, place, known, call, prefix }: LintedCall): string[] {
  const { withItems, withParam, withSequence } = call;
  if ([withItems, withParam, withSequence].filter((each) => each !== undefined).length > 1) {
    throw new LintError(`${place} only one of withItems, withParam, withSequence can be specified`);
  }
  checkArguments(`${place}.arguments`, call.arguments ?? {});
  checkValues(`${place}.arguments`, call.arguments ?? {});
  const found = within(place, () => findCalled(call, caller, context));
  checkTags(place, call, new Set([...known, ...context.globals, ...itemTags(call)]));
  within(place, () => check(context, { ...found, given: call.arguments ?? {} }));
  exportGlobals(found.template, context);
  const fannedOut = isFannedOut(call) ? [`${prefix}.outputs.parameters`] : [];
  return [...outputTags(prefix, found.template), ...fannedOut];
}

/** The tags of the items that a call is made for. */
function itemTags({ withItems = [], withParam }: Call): readonly string[] {
  if (withParam !== undefined) return [anyItem];
  const maps = withItems.filter((item) => typeof item === "object" && item !== null);
  return maps.flatMap((item) => Object.keys(item).map((key) => `item.${key}`));
}

function findCalled(
  call: Call,
  { holder }: LintCall,
  { others }: LintContext,
): Pick<LintCall, "template" | "holder"> {
  if ((call.template ?? call.templateRef ?? call.inline) === undefined) {
    throw new LintError("template name is required");
  }
  try {
    return findTemplate(call, holder, others);
  } catch (error) {
    throw new LintError((error as Error).message, { cause: error });
  }
}

function exportGlobals({ outputs }: Template, { globals }: LintContext): void {
  for (const { globalName } of outputs?.parameters ?? []) {
    if (globalName !== undefined) globals.add(`workflow.outputs.parameters.${globalName}`);
  }
}
