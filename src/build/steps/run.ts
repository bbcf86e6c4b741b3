import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunInstruction } from "../../dockerfile/instruction.ts";
import { CommandError } from "../../errors/command-error.ts";
import type { Command, CommandMount, ExitStatus } from "../../isolation/isolation.ts";
import { proxyArguments } from "../../plan/global-scope.ts";
import type { StageRoot } from "../../rootfs/stage-root.ts";
import { homeOf, resolveCommandUser } from "../accounts.ts";
import { commitLayer } from "../commit.ts";
import { heredocCommand, scriptDirectory } from "../heredocs.ts";
import { describeRun } from "../history.ts";
import { accountsOf } from "../image-accounts.ts";
import { LastLines } from "../last-lines.ts";
import type { StepScope } from "../scope.ts";
import { commandWords } from "./command.ts";

const hostname = "buildkitsandbox";

/**
 * RUN: materialises the stage's files, runs the command in them, and makes a layer of what it
 * changed.
 *
 * @throws COMMAND_FAILED, COMMAND_KILLED with the command's last lines; what it changed is dropped.
 */
export async function stepRun(instruction: RunInstruction, scope: StepScope): Promise<void> {
  const { state } = scope;
  const { args: line, script } = heredocCommand(instruction);
  const args = commandWords({ form: instruction.form, args: line }, scope);
  const mounts = script === undefined ? [] : [await mountScript(script, scope)];
  const command = await prepareCommand(args, { ...instruction, mounts }, scope);
  const root = await rootOf(scope);
  await root.update(await state.tree());
  const { tree } = await root.change((directory) => execute(directory, command, scope));
  await commitLayer(scope, describeRun(args, state.arguments, state.environment), tree);
}

async function prepareCommand(
  args: readonly string[],
  options: { readonly mounts: readonly CommandMount[]; readonly network: string },
  scope: StepScope,
): Promise<Command> {
  const { state, build } = scope;
  const accounts = await accountsOf(await state.tree(), build.ports.contents);
  const user = resolveCommandUser(state.config.User ?? "", accounts);
  const environment = new Map([...proxiesOf(scope), ...state.environment]);
  if (!environment.has("HOME")) environment.set("HOME", homeOf(user.uid, accounts));
  return {
    args,
    env: [...environment].map((pair) => pair.join("=")),
    cwd: state.workingDirectory,
    user,
    mounts: options.mounts,
    network: options.network === "none" ? "none" : "host",
    security: "sandbox",
    hostname,
  };
}

/** Puts a heredoc that is a program where its command finds it. */
async function mountScript(
  script: { readonly name: string; readonly text: string },
  scope: StepScope,
): Promise<CommandMount> {
  const source = await mkdtemp(join(scope.build.ports.workDirectory, "script-"));
  await chmod(source, 0o755);
  await writeFile(join(source, script.name), script.text, { mode: 0o755 });
  return { type: "bind", source, target: scriptDirectory, readOnly: true };
}

async function execute(directory: string, command: Command, scope: StepScope): Promise<void> {
  const { build, state, location } = scope;
  const { isolation } = await build.runner();
  const output = build.ports.commandOutput(`${state.planned.label} ${location.firstLine}`);
  const lastLines = new LastLines();
  const status = await isolation
    .run(directory, command, {
      signal: build.signal,
      output: (chunk, stream) => {
        output.write(chunk, stream);
        lastLines.add(chunk);
      },
    })
    .finally(() => output.end());
  if (status.code !== 0) throw failure(command, status, lastLines.lines);
}

function failure(command: Command, status: ExitStatus, lastLines: readonly string[]): CommandError {
  const process = `process "${command.args.join(" ")}" did not complete successfully`;
  if (status.signal !== undefined) {
    return new CommandError("COMMAND_KILLED", `${process}: killed by ${status.signal}`, {
      signal: status.signal,
      lastLines,
      ...(status.signal === "SIGKILL" ? { hint: "The pod may need a higher memory limit" } : {}),
    });
  }
  const code = status.code ?? -1;
  return new CommandError("COMMAND_FAILED", `${process}: exit code: ${code}`, {
    status: code,
    lastLines,
    ...(hints[code] === undefined ? {} : { hint: hints[code] }),
  });
}

const hints: Readonly<Record<number, string>> = {
  126: "The program was found but cannot be executed; is it built for this platform?",
  127: "The program was not found; check PATH, and that the base image has a shell",
  137: "128+9: it was killed; the pod may need a higher memory limit",
};

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

/** Proxy arguments reach commands without ARG; declared ones are ordinary arguments. */
function proxiesOf(scope: StepScope): [string, string][] {
  return [...scope.build.request.buildArgs].filter(([name]) => proxyArguments.has(name));
}
