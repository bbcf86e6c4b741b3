import { posix } from "node:path";
import type { KeyPart } from "../../cache/cache-key.ts";
import type { RunParts } from "../../cache/step-key.ts";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import type { CacheMount, Mount } from "../../dockerfile/instructions/mount.ts";
import { parseMounts } from "../../dockerfile/instructions/run-mount.ts";
import { literalPattern } from "../../filetree/glob.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { FileTree } from "../../filetree/tree.ts";
import { splitVariable } from "../../image/environment.ts";
import { proxyArguments } from "../../plan/global-scope.ts";
import type { HeredocCommand } from "../heredocs.ts";
import type { IdentifyFiles } from "../layer-step.ts";
import { namespaceArgument } from "../mounts/cache-mount.ts";
import { absoluteTarget } from "../mounts/mount-site.ts";
import type { StepScope } from "../scope.ts";

/** A RUN as it would be carried out. */
export interface PlannedRun {
  readonly instruction: RunInstruction;
  readonly args: readonly string[];
  readonly script: HeredocCommand["script"];
  readonly identify: IdentifyFiles;
}

/**
 * What the layer of a RUN depends on.
 *
 * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID, and what loading the files of mounts throws.
 */
export async function runParts(run: PlannedRun, scope: StepScope): Promise<RunParts> {
  const { instruction, args, script } = run;
  const mounts = parseMounts(instruction, (value) => scope.expand(value));
  return {
    kind: "RUN",
    args,
    script: script === undefined ? null : [script.name, script.text],
    environment: environmentOf(scope),
    user: scope.state.config.User ?? "",
    directory: scope.state.workingDirectory,
    network: instruction.network ?? "",
    security: instruction.security ?? "",
    devices: instruction.devices.map((device) => scope.expand(device)).toSorted(),
    mounts: await Promise.all(inOrder(mounts, scope).map((mount) => mountParts(mount, run, scope))),
  };
}

/**
 * Whether the history's words for a RUN say all of it. They do not know flags, heredocs that are programs, and where
 * an argument with blanks ends.
 */
export function isToldByHistory(instruction: RunInstruction, scope: StepScope): boolean {
  const { args, devices, form, heredocs, network, security } = instruction;
  if (heredocs.length > 0 || devices.length > 0) return false;
  if (network !== "default" || security !== "sandbox") return false;
  if (form === "exec" && args.some((word) => word === "" || /\s/.test(word))) return false;
  const mounts = parseMounts(instruction, (value) => scope.expand(value));
  return mounts.every(
    (mount) => mount.type !== "bind" && (mount.type !== "cache" || mount.from === undefined),
  );
}

/** A proxy that is declared as an argument is one all the same. */
function environmentOf({ state }: StepScope): string[] {
  const ofImage = new Set((state.config.Env ?? []).map((entry) => splitVariable(entry)[0]));
  return [...state.environment]
    .filter(([name]) => ofImage.has(name) || !proxyArguments.has(name))
    .map((pair) => pair.join("="))
    .toSorted();
}

/**
 * Mounts are made in the order of their targets, however they are written. Of secrets and agents the order decides
 * which one a variable, or a target that is not given, is of.
 */
function inOrder(mounts: readonly Mount[], scope: StepScope): Mount[] {
  const place = ({ type, target }: Mount): string =>
    type === "secret" || type === "ssh" ? "" : absoluteTarget(target, scope);
  return mounts.toSorted((a, b) => Number(place(a) > place(b)) - Number(place(a) < place(b)));
}

async function mountParts(mount: Mount, run: PlannedRun, scope: StepScope): Promise<KeyPart> {
  const { type } = mount;
  const target = mount.target === "" ? "" : absoluteTarget(mount.target, scope);
  if (type === "tmpfs") return [type, target, mount.readOnly, mount.sizeBytes];
  if (type === "bind") {
    return [type, target, mount.readOnly, mount.source ?? "", await sourceParts(mount, run)];
  }
  const { mode = null, uid = null, gid = null, id = null } = mount;
  const shown = [type, target, id, mode, uid, gid];
  if (type === "secret") return [...shown, mount.env ?? null, mount.required];
  if (type === "ssh") return [...shown, mount.required];
  return [...shown, await cacheParts(mount, run, scope)];
}

/** What a cache holds is no part of the key; what a new one begins with is. */
async function cacheParts(mount: CacheMount, run: PlannedRun, scope: StepScope): Promise<KeyPart> {
  const namespace = scope.build.request.buildArgs.get(namespaceArgument) ?? "";
  const seed = mount.from === undefined ? null : await sourceParts(mount, run);
  return [namespace, mount.readOnly, mount.source ?? "", seed];
}

/** What stands for the files that a mount shows. */
function sourceParts(
  { from, source }: { readonly from: string | undefined; readonly source: string | undefined },
  { identify }: PlannedRun,
): Promise<KeyPart> {
  const path = posix.resolve("/", source ?? "");
  return identify({
    source: { from, patterns: [literalPattern(path.slice(1))] },
    take: (files) => {
      const { node } = resolvePath(files, path);
      const tree = new FileTree(node?.type === "directory" ? node : undefined);
      if (node !== undefined && node.type !== "directory") tree.setLeaf("file", node);
      return tree;
    },
  });
}
