import { checkDag, checkSteps } from "./calls.ts";
import { isPodTemplate, type LintCall, type LintContext } from "./context.ts";
import { checkGiven, checkInputs, ownTags } from "./inputs.ts";
import { checkLeaf } from "./leaf.ts";
import { LintError } from "./lint-error.ts";
import { checkOutputs } from "./outputs.ts";

const types = ["container", "containerSet", "steps", "script", "resource", "dag", "suspend"];
const retryPolicies = ["Always", "OnError", "OnFailure", "OnTransientError"];
const otherTypes = ["http", "plugin", "data"];
const choice = `choose one of: ${[...types, "template", "template ref"].join(", ")}`;

/**
 * Checks a template and all that it calls, as Argo's linter does.
 *
 * @throws LintError
 */
export function checkTemplate(context: LintContext, call: LintCall): void {
  const { template, given } = call;
  const place = `templates.${template.name}`;
  const chosen = [...types, ...otherTypes].filter((type) => template[type] !== undefined);
  if (chosen.length === 0) {
    throw new LintError(`${place} template type unspecified. ${choice}`);
  }
  if (chosen.length > 1) {
    throw new LintError(`${place} multiple template types specified. ${choice}`);
  }
  const policy = template.retryStrategy?.retryPolicy ?? "Always";
  if (!retryPolicies.includes(policy)) {
    throw new LintError(`${policy} is not a valid RetryPolicy`);
  }
  checkInputs(place, template);
  if (given !== undefined) checkGiven(place, call);
  if (context.seen.has(template)) return;
  context.seen.add(template);
  const scope = new Set([...context.globals, ...ownTags(template)]);
  const after = checkBody(context, call, scope);
  checkOutputs(place, template, after);
}

function checkBody(
  context: LintContext,
  caller: LintCall,
  scope: ReadonlySet<string>,
): ReadonlySet<string> {
  const { template } = caller;
  if (!isPodTemplate(template) && template.activeDeadlineSeconds !== undefined) {
    const place = `templates.${template.name}.activeDeadlineSeconds`;
    throw new LintError(`${place} is only valid for leaf templates`);
  }
  const calling = { context, caller, check: checkTemplate, scope };
  if (template.steps !== undefined) return checkSteps(calling);
  if (template.dag !== undefined) return checkDag(calling);
  checkLeaf(context, template, scope);
  return scope;
}
