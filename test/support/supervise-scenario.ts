/** Runs a scenario in namespaces of its own: the supervisor's part, and that of the supervised. */
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { namespacePrivileges } from "../../src/isolation/namespace/privileges.ts";
import { joinSupervisor } from "../../src/isolation/namespace/supervised.ts";
import { superviseInNamespace } from "../../src/isolation/namespace/supervisor.ts";
import { noIsolation } from "../../src/isolation/refusal.ts";
import type { Scenario } from "./namespace.ts";

// The file of a scenario is that of its test, which nobody runs here.
Object.assign(globalThis, { describe: () => undefined });

const [, self = "", module = "", name = "", directory = ""] = process.argv;
const supervisor = await joinSupervisor(process.env);
if (supervisor === undefined) {
  const probe = await namespacePrivileges(new AbortController().signal);
  if (!probe.works) throw noIsolation(probe.refusals);
  const workDirectory = await mkdtemp(path.join(directory, "work-"));
  const supervision = superviseInNamespace({
    argv: [process.execPath, self, module, name, workDirectory],
    env: process.env,
    workDirectory,
    privileges: probe.rung,
  });
  process.on("SIGTERM", () => supervision.end("SIGTERM"));
  const ended = await supervision.ended;
  if (ended.kind === "refused") throw noIsolation(ended.refusals);
  process.exitCode = ended.code;
} else {
  const scenarios = (await import(pathToFileURL(module).href)) as Record<string, Scenario<unknown>>;
  try {
    const { signal } = supervisor;
    const result = await scenarios[name]?.({ directory, signal });
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
