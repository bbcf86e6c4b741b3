import path from "node:path";
import type { FileTree } from "../../src/filetree/tree.ts";
import type { Command, ExitStatus } from "../../src/isolation/isolation.ts";
import { probeNamespace } from "../../src/isolation/namespace/probe-namespace.ts";
import { noIsolation } from "../../src/isolation/refusal.ts";
import { Contents } from "../../src/layer/contents.ts";
import { OverlayRootFactory } from "../../src/rootfs/overlay-root.ts";
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

/** Calls `use` with what runs commands in containers, on an overlay in the place's directory. */
export async function withContainers<T>(
  { directory, signal }: ScenarioPlace,
  use: (containers: Containers) => Promise<T>,
  tree: FileTree = busyboxTree({ "": 0o755, dev: 0o755, proc: 0o755, sys: 0o755 }),
): Promise<T> {
  const probe = await probeNamespace(directory, signal);
  if (!probe.works) throw noIsolation(probe.refusals);
  const isolation = probe.rung;
  await using contents = new Contents(directory);
  await using factory = new OverlayRootFactory(path.join(directory, "roots"), contents);
  await using root = await factory.create();
  await root.update(tree);
  const runIt = async (command: Command, write: (chunk: Uint8Array) => void): Promise<Ran> => {
    let text = "";
    const output = (chunk: Uint8Array): void => {
      text += Buffer.from(chunk).toString();
      write(chunk);
    };
    const { result, tree: after } = await root.change((at) =>
      isolation.run(at, command, { signal, output }),
    );
    return { status: result, output: text, changes: changesIn(after, tree) };
  };
  return await use({
    directory,
    run: (script, more = {}) => runIt(commandOf(script, more), () => undefined),
    show: (script) => runIt(commandOf(script, {}), (chunk) => process.stdout.write(chunk)),
  });
}
