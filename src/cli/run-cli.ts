import yargs, { type Argv, type Options } from "yargs";
import packageJson from "../../package.json" with { type: "json" };
import { UsageError } from "../errors/usage-error.ts";
import type { LogFormat } from "../log/levels.ts";
import { canonicalArguments } from "./arguments.ts";
import type { RunBuild } from "./build-options.ts";
import { runBuildCommand } from "./commands/build.ts";
import { buildFlags } from "./flags/build-flags.ts";
import { type Flag, type FlagTable, variableOf } from "./flags/flag.ts";
import { universalFlags } from "./flags/universal-flags.ts";
import type { Host } from "./host.ts";
import { visibleFormat } from "./options.ts";
import { asBuilderError, formatError } from "./report-error.ts";

/** The commands' doings, loaded only when they are needed. */
export interface CommandLoaders {
  readonly build: () => Promise<RunBuild>;
}

/** Does what the arguments say, prints the error if there is one, and returns the exit code. */
export async function runCli(host: Host, loaders: CommandLoaders): Promise<number> {
  const sources = new Map<string, string>();
  let exitCode = 0;
  try {
    const argv = host.argv[0] === "build" ? host.argv.slice(1) : host.argv;
    const { args, notices } = canonicalArguments(argv, { ...buildFlags, ...universalFlags });
    const cli = describeCli(host).command(
      ["build", "$0"],
      "Build an image from a Dockerfile and push it",
      (command) => addFlags(command, buildFlags),
      async (given) => {
        const command = { host, loadBuild: loaders.build, sources, notices };
        exitCode = await runBuildCommand(given, command);
      },
    );
    await cli.parseAsync(["build", ...args], {}, (_error, _given, text) => {
      if (text !== "") host.writeOut(`${text}\n`);
    });
    return exitCode;
  } catch (error) {
    const reported = asBuilderError(error);
    host.writeError(formatError(reported, { format: errorFormat(host), sources }));
    return reported.exitCode;
  }
}

/** The parser without its commands: what help looks like, and that faults are thrown. */
function describeCli(host: Host): Argv {
  return yargs()
    .scriptName("slipway")
    .locale("en")
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "strip-aliased": true,
    })
    .wrap(Math.min(100, host.columns))
    .help("help", universalFlags.help.description)
    .alias("help", universalFlags.help.short)
    .version("version", universalFlags.version.description, packageJson.version)
    .group(Object.keys(universalFlags), universalFlags.help.group)
    .updateStrings({ string: "text", boolean: "switch", array: "repeatable" })
    .exitProcess(false)
    .strict()
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UsageError("USAGE_INVALID_VALUE", message ?? "the arguments are wrong");
    });
}

function addFlags(command: Argv, table: FlagTable): Argv {
  const options = Object.entries(table).map(([name, flag]): [string, Options] => [
    name,
    {
      group: flag.group,
      description: describe(flag),
      ...(flag.short === undefined ? {} : { alias: flag.short }),
      ...(flag.kind === "switch"
        ? { type: "boolean" }
        : { type: "string", requiresArg: true, array: flag.kind === "list" }),
      ...(flag.kind === "text" && flag.default !== undefined
        ? { defaultDescription: flag.default }
        : {}),
    },
  ]);
  return command
    .usage("$0 [build] [flags]\n\nBuild an image from a Dockerfile and push it")
    .options(Object.fromEntries(options))
    .epilogue(
      "Each flag can be given by the environment too, in capitals with underscores: " +
        `--build-arg as ${variableOf("build-arg")}, one element a line. A flag wins.`,
    );
}

/** The description of a flag, with the values that it takes where they can be counted. */
function describe(flag: Flag): string {
  const choices = flag.kind === "text" ? flag.choices : undefined;
  return choices === undefined ? flag.description : `${flag.description}: ${choices.join(", ")}`;
}

/** How errors look: as the log does, so far as that can be told when the flags themselves are wrong. */
function errorFormat(host: Host): LogFormat {
  const text = [...host.argv, `--log-format=${host.environment[variableOf("log-format")]}`].join(
    " ",
  );
  const format = /--log-format[= ](json|text)/.exec(text)?.[1] ?? "color";
  return visibleFormat(format as LogFormat, host);
}
