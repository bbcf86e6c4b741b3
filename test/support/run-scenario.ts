/** Runs a scenario in this process, without namespaces. */
import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { removeDirectory } from "../../src/rootfs/remove-directory.ts";
import type { Scenario } from "./namespace.ts";

// The file of a scenario is that of its test, which nobody runs here.
Object.assign(globalThis, { describe: () => undefined });

const [, , module = "", name = "", place = ""] = process.argv;
const directory = await mkdtemp(path.join(place, "work-"));
const scenarios = (await import(pathToFileURL(module).href)) as Record<string, Scenario<unknown>>;
try {
  const result = await scenarios[name]?.({ directory, signal: new AbortController().signal });
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  removeDirectory(directory);
}
