/**
 * Runs a build whose steps are all cached, and keeps what V8 has compiled meanwhile. Arguments are the program, which imports the
 * bundle, a directory for temporary files, and the file to write.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import type { Script } from "node:vm";
import { startExerciseRegistry } from "./exercise-registry.ts";

const run = promisify(execFile);
const [program = "", scratch = "", output = ""] = process.argv.slice(2);

const registry = await startExerciseRegistry();
const context = path.join(scratch, "context");
await mkdir(path.join(context, "files"), { recursive: true });
await writeFile(path.join(context, "files/one"), "1");
await writeFile(path.join(context, "files/two"), "2");
await writeFile(path.join(context, ".dockerignore"), "*.md\n");

async function buildArguments(name: string, dockerfile: string): Promise<string[]> {
  const file = path.join(scratch, `${name}.Dockerfile`);
  await writeFile(file, dockerfile);
  const places = [`--context=${context}`, `--dockerfile=${file}`, `--work-dir=${scratch}`];
  const to = [`--insecure-registry=${registry}`, `--destination=${registry}/${name}:1`, "--cache"];
  return ["build", ...places, ...to];
}

const base = await buildArguments("base", "FROM scratch\nCOPY files /files\n");
const steps = [
  `FROM ${registry}/base:1 AS files`,
  "WORKDIR /work",
  "COPY files ./",
  `FROM ${registry}/base:1`,
  "ARG VERSION=1",
  'ENV VERSION="$VERSION"',
  "COPY --chown=1000:1000 files /app/",
  "COPY --from=files /work/one /one",
  'CMD ["/app"]',
];
const application = await buildArguments("application", `${steps.join("\n")}\n`);
await run(process.execPath, [program, ...base]);
await run(process.execPath, [program, ...application]);

process.argv.splice(1, Number.POSITIVE_INFINITY, program, ...application);
const { script } = (await import(program)) as { readonly script: Script };
process.on("exit", () => {
  for (const flag of process.execArgv) setFlagsFromString(defaultOf(flag));
  writeFileSync(output, script.createCachedData());
});

/** V8 takes code only where all flags are what they were, so that those of this process go back to what they are elsewhere. */
function defaultOf(flag: string): string {
  return flag.startsWith("--no-") ? flag.replace("--no-", "--") : flag.replace(/=.*/, "=0");
}
