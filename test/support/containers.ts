import path from "node:path";
import type { FileTree } from "../../src/filetree/tree.ts";
import type { Command, ExitStatus, Isolation } from "../../src/isolation/isolation.ts";
import { probeNamespace } from "../../src/isolation/namespace/probe-namespace.ts";
import { probePtrace } from "../../src/isolation/ptrace/probe-ptrace.ts";
import { noIsolation } from "../../src/isolation/refusal.ts";
import { Contents } from "../../src/layer/contents.ts";
import { OverlayRootFactory } from "../../src/rootfs/overlay-root.ts";
import { PlainRootFactory } from "../../src/rootfs/plain-root.ts";
import type { StageRootFactory } from "../../src/rootfs/stage-root.ts";
import { busyboxTree } from "./busybox-tree.ts";
import type { ScenarioPlace } from "./namespace.ts";
import { changesIn } from "./tree-changes.ts";

/** What became of a command. */
export interface Ran {
  readonly status: ExitStatus;
  readonly output: string;
  /** What differs from the tree before. */
  readonly changes: string[];
}

/** Runs commands, each in a root that holds the same tree. */
export interface Containers {
  readonly directory: string;
  /** Runs `script` by the root's shell, as root, in `/`, without network, but for what `more` says. */
  readonly run: (script: string, more?: Partial<Command>) => Promise<Ran>;
  /** Like `run`, but shows the output as it comes. */
  readonly show: (script: string) => Promise<Ran>;
}

function commandOf(script: string, more: Partial<Command>): Command {
  return {
    args: ["/bin/sh", "-c", script],
    env: ["PATH=/bin"],
    cwd: "/",
    user: { uid: 0, gid: 0, additionalGids: [] },
    mounts: [],
    network: "none",
    security: "sandbox",
    hostname: "builder",
    ...more,
  };
}

/** What commands run by and in. */
interface CommandSite {
  readonly place: ScenarioPlace;
  readonly isolation: Isolation;
  readonly tree: FileTree;
  readonly openRoots: (directory: string, contents: Contents) => StageRootFactory;
}

const openOverlays: CommandSite["openRoots"] = (directory, contents) =>
  new OverlayRootFactory(directory, contents);
const openDirectories: CommandSite["openRoots"] = (directory, contents) =>
  new PlainRootFactory(directory, contents);

const kernelDirectories = { "": 0o755, dev: 0o755, proc: 0o755, sys: 0o755 };

/** Calls `use` with what runs commands in containers, on an overlay in the place's directory. */
export async function withContainers<T>(
  place: ScenarioPlace,
  use: (containers: Containers) => Promise<T>,
  tree: FileTree = busyboxTree(kernelDirectories),
): Promise<T> {
  const probe = await probeNamespace(place.directory, place.signal);
  if (!probe.works) throw noIsolation(probe.refusals);
  return withCommands({ place, isolation: probe.rung, tree, openRoots: openOverlays }, use);
}

/** Calls `use` with what runs commands under proot, in a plain directory of the place's. */
export async function withTracedCommands<T>(
  place: ScenarioPlace,
  use: (containers: Containers) => Promise<T>,
  tree: FileTree = busyboxTree(kernelDirectories),
): Promise<T> {
  const { directory, signal } = place;
  const probe = await probePtrace({ workDirectory: directory, signal, environment: process.env });
  if (!probe.works) throw noIsolation(probe.refusals);
  const { isolation } = probe.rung;
  return withCommands({ place, isolation, tree, openRoots: openDirectories }, use);
}

async function withCommands<T>(
  { place: { directory, signal }, isolation, tree, openRoots }: CommandSite,
  use: (containers: Containers) => Promise<T>,
): Promise<T> {
  await using contents = new Contents(directory);
  await using factory = openRoots(path.join(directory, "roots"), contents);
  await using root = await factory.create();
  await root.update(tree);
  const runIt = async (command: Command, write: (chunk: Uint8Array) => void): Promise<Ran> => {
    let text = "";
    const output = (chunk: Uint8Array): void => {
      text += Buffer.from(chunk).toString();
      write(chunk);
    };
    const { result, tree: after } = await root.change(
      (at) => isolation.run(at, command, { signal, output }),
      command.user,
    );
    return { status: result, output: text, changes: changesIn(after, tree) };
  };
  return await use({
    directory,
    run: (script, more = {}) => runIt(commandOf(script, more), () => undefined),
    show: (script) => runIt(commandOf(script, {}), (chunk) => process.stdout.write(chunk)),
  });
}
