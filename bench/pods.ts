/**
 * `npm run pods`: the conformance suite, with the step image, in every kind of pod. Prints a table in
 * Markdown, and fails where a result is not what it has to be.
 *
 *     node bench/pods.ts [--profile P]... [--filter REGEX] [--jobs N] [--bundle]
 *     node bench/pods.ts work [--profile P]... [--filter REGEX] [--bundle]
 *     node bench/pods.ts run --profile P [--bundle] [--mount SOURCE:TARGET[:ro]]... [--option=--TEXT]... -- ARGUMENT...
 *
 * The second form builds real projects, and compares their times with those in a plain chroot. The third runs one command in a pod: slipway with these arguments, or with `--debug` any
 * program of the image's debug target. `--option` passes on an option of the pod program.
 * `--bundle` takes the newest step image that there is, with the programs in dist of now.
 */
import { parseArgs } from "node:util";

const [first = "", ...rest] = process.argv.slice(2);

if (first === "case") {
  // The suite starts this for each case: nothing else is loaded then.
  const { runCase } = await import("./pods/case.ts");
  process.exitCode = await runCase(rest);
} else {
  const { values, positionals } = parseArgs({
    args: first === "run" || first === "work" ? rest : process.argv.slice(2),
    allowPositionals: first === "run",
    options: {
      profile: { type: "string", multiple: true, default: [] },
      filter: { type: "string" },
      jobs: { type: "string", default: "2" },
      bundle: { type: "boolean", default: false },
      debug: { type: "boolean", default: false },
      mount: { type: "string", multiple: true, default: [] },
      option: { type: "string", multiple: true, default: [] },
    },
  });
  if (first === "run") {
    const { runCommand } = await import("./pods/command.ts");
    process.exitCode = await runCommand(values, positionals);
  } else if (first === "work") {
    const { benchWork } = await import("./pods/work.ts");
    process.exitCode = await benchWork(values);
  } else {
    const { runMatrix } = await import("./pods/matrix.ts");
    process.exitCode = await runMatrix(values);
  }
}
