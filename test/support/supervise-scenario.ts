/** Runs a scenario in namespaces of its own: the supervisor's part, and that of the supervised. */
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { namespacePrivileges } from "../../src/isolation/namespace/privileges.ts";
import { joinSupervisor } from "../../src/isolation/namespace/supervised.ts";
import { superviseInNamespace } from "../../src/isolation/namespace/supervisor.ts";
import type { Scenario } from "./namespace.ts";

// The file of a scenario is that of its test, which nobody runs here.
Object.assign(globalThis, { describe: () => undefined });

const [, self = "", module = "", name = "", directory = ""] = process.argv;
const signal = joinSupervisor(process.env);
if (signal === undefined) {
  const probe = await namespacePrivileges(new AbortController().signal);
  if (!probe.permitted) throw probe.error;
  const workDirectory = await mkdtemp(path.join(directory, "work-"));
  const supervision = superviseInNamespace({
    argv: [process.execPath, self, module, name, workDirectory],
    env: process.env,
    workDirectory,
    privileges: probe.privileges,
  });
  process.on("SIGTERM", () => supervision.end("SIGTERM"));
  process.exitCode = await supervision.exitCode;
} else {
  const scenarios = (await import(pathToFileURL(module).href)) as Record<string, Scenario<unknown>>;
  try {
    const result = await scenarios[name]?.({ directory, signal });
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
