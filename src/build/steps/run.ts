import { dirname } from "node:path";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import type { FileTree } from "../../filetree/tree.ts";
import type { Command, CommandMount } from "../../isolation/isolation.ts";
import { proxyArguments } from "../../plan/global-scope.ts";
import type { StageRoot } from "../../rootfs/stage-root.ts";
import { diskSpace } from "../../support/disk-space.ts";
import { homeOf, resolveCommandUser } from "../accounts.ts";
import { type HeredocCommand, heredocCommand, scriptDirectory, scriptFiles } from "../heredocs.ts";
import { describeRun } from "../history.ts";
import { accountsOf } from "../image-accounts.ts";
import { LastLines } from "../last-lines.ts";
import type { LayerStep } from "../layer-step.ts";
import { openCommandMounts } from "../mounts/command-mounts.ts";
import type { BuildPorts } from "../ports.ts";
import type { StepScope } from "../scope.ts";
import { commandWords } from "./command.ts";
import { runFailure } from "./run-failure.ts";
import { isToldByHistory, runParts } from "./run-parts.ts";

const hostname = "buildkitsandbox";
const fullBelowBytes = 64 * 1024;

/**
 * RUN: materialises the stage's files, runs the command in them, and makes a layer of what it
 * changed.
 *
 * @throws COMMAND_FAILED, COMMAND_KILLED with the command's last lines; what it changed is dropped.
 * @throws ISOLATION_UNAVAILABLE, and what `openCommandMounts` throws.
 */
export function stepRun(instruction: RunInstruction, scope: StepScope): LayerStep {
  const { state } = scope;
  const { args: line, script } = heredocCommand(instruction);
  const args = commandWords({ form: instruction.form, args: line }, scope);
  return {
    createdBy: describeRun(args, state.arguments, state.environment),
    cachedAs: "run",
    isLinked: false,
    isToldByHistory: () => isToldByHistory(instruction, scope),
    parts: (identify) => runParts({ instruction, args, script, identify }, scope),
    make: async () => {
      scope.build.prefetch(state.layers);
      const root = await rootOf(scope);
      await root.update(await state.tree());
      return {
        tree: await changedTree({ instruction, args, script, root }, scope),
        isLinked: false,
      };
    },
  };
}

interface Run {
  readonly instruction: RunInstruction;
  readonly args: readonly string[];
  readonly script: HeredocCommand["script"];
  readonly root: StageRoot;
}

/** The stage's files as the command leaves them. */
async function changedTree(run: Run, scope: StepScope): Promise<FileTree> {
  const { instruction, args, script, root } = run;
  const { trees } = await scope.build.runner();
  await using mounts = await openCommandMounts(instruction, scope);
  const files = script === undefined ? undefined : scriptFiles(script, scope.build.fileTime);
  using copy = files === undefined ? undefined : await trees.own(files.root);
  const command: Command = {
    ...(await identity(mounts.variables, scope)),
    args,
    cwd: scope.state.workingDirectory,
    mounts: [...mounts.mounts, ...(copy === undefined ? [] : [scriptMount(copy.path)])],
    network: instruction.network === "none" ? "none" : "host",
    security: instruction.security === "insecure" ? "insecure" : "sandbox",
    hostname,
  };
  const { tree } = await root.change(
    (directory) => execute(directory, command, scope),
    command.user,
  );
  mounts.succeeded();
  return tree;
}

/** The user of the command, and its environment, which knows the home directory. */
async function identity(
  variables: ReadonlyMap<string, string>,
  { state, build }: StepScope,
): Promise<Pick<Command, "user" | "env">> {
  const accounts = await accountsOf(await state.tree(), build.ports.contents);
  const user = resolveCommandUser(state.config.User ?? "", accounts);
  const proxies = [...build.request.buildArgs].filter(([name]) => proxyArguments.has(name));
  const environment = new Map([...proxies, ...state.environment, ...variables]);
  if (!environment.has("HOME")) environment.set("HOME", homeOf(user.uid, accounts));
  return { user, env: [...environment].map((pair) => pair.join("=")) };
}

/** Shows a heredoc that is a program where its command finds it. */
function scriptMount(source: string): CommandMount {
  return { type: "bind", source, target: scriptDirectory, readOnly: true };
}

async function execute(directory: string, command: Command, scope: StepScope): Promise<void> {
  const { build, state, location } = scope;
  const { isolation } = await build.runner();
  const output = build.ports.commandOutput(`${state.planned.label} ${location.firstLine}`);
  const lastLines = new LastLines();
  const killsBefore = build.ports.oomKills();
  const status = await isolation
    .run(directory, command, {
      signal: build.signal,
      output: (chunk, stream) => {
        output.write(chunk, stream);
        lastLines.add(chunk);
      },
    })
    .finally(() => output.end());
  if (status.code === 0) return;
  const kills = build.ports.oomKills();
  throw runFailure(command, {
    status,
    lastLines: lastLines.lines,
    oomKills: kills === null || killsBefore === null ? undefined : kills - killsBefore,
    fullDirectory: fullDirectory(directory, build.ports),
  });
}

/** Where the files of a command are, if there is no room left: its root, by a name that the user knows. */
function fullDirectory(root: string, { workDirectory }: BuildPorts): string | undefined {
  if (diskSpace(root).freeBytes >= fullBelowBytes) return undefined;
  return root.startsWith(`${workDirectory}/`) ? dirname(workDirectory) : root;
}

/** The stage's root: the base stage's where it has one, else a new one. */
async function rootOf(scope: StepScope): Promise<StageRoot> {
  const { state, build } = scope;
  if (state.root !== undefined) return state.root;
  const { base } = state.planned;
  const parent = base.kind === "stage" ? await build.stage(base.index) : undefined;
  const { roots } = await build.runner();
  state.root = parent?.root === undefined ? await roots.create() : await parent.root.fork();
  return state.root;
}
