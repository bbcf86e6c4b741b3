import yargs, { type Argv, type Options } from "yargs";
import packageJson from "../../package.json" with { type: "json" };
import { UsageError } from "../errors/usage-error.ts";
import type { LogFormat } from "../log/levels.ts";
import { canonicalArguments } from "./arguments.ts";
import type { RunBuild } from "./build-options.ts";
import { authExplainCommand, loginCommand } from "./commands/auth.ts";
import { buildCommand } from "./commands/build.ts";
import { cacheListCommand, cachePruneCommand } from "./commands/cache.ts";
import type { Command } from "./commands/command.ts";
import { copyCommand, inspectCommand, pushCommand, warmCommand } from "./commands/images.ts";
import { indexCommand } from "./commands/index-command.ts";
import { checkCommand, doctorCommand, outlineCommand, planCommand } from "./commands/queries.ts";
import { type Flag, type FlagTable, variableOf } from "./flags/flag.ts";
import { universalFlags } from "./flags/universal-flags.ts";
import type { Host } from "./host.ts";
import { hostAsCalled } from "./kaniko-names.ts";
import { visibleFormat } from "./options.ts";
import { asBuilderError, formatError } from "./report-error.ts";

/** The commands' doings, loaded only when they are needed. */
export interface CommandLoaders {
  readonly build: () => Promise<RunBuild>;
}

/** Does what the arguments say, prints the error if there is one, and returns the exit code. */
export async function runCli(called: Host, loaders: CommandLoaders): Promise<number> {
  const sources = new Map<string, string>();
  let host = called;
  let exitCode = 0;
  try {
    host = hostAsCalled(called);
    const { name, command, argv } = findCommand(host, loaders);
    const { args, notices } = canonicalArguments(argv, { ...command.flags, ...universalFlags });
    // For any other command than the default one, yargs would write its help each time.
    const usage = `$0 ${usageOf(name, command.flags)}\n\n${command.description}`;
    const cli = describeCli(host)
      .usage(usage)
      .command(
        "$0",
        false,
        (parser) => addFlags(parser, name, command),
        async (given) => {
          exitCode = await command.run(given, { host, sources, notices });
        },
      );
    await cli.parseAsync([...args], {}, (_error, _given, text) => {
      if (text !== "") host.writeOut(`${text}\n`);
    });
    return exitCode;
  } catch (error) {
    const reported = asBuilderError(error);
    host.writeError(formatError(reported, { format: errorFormat(host), sources }));
    return reported.exitCode;
  }
}

/** The commands beside `build`. */
const others: Readonly<Record<string, Command>> = {
  "auth explain": authExplainCommand,
  "cache list": cacheListCommand,
  "cache prune": cachePruneCommand,
  check: checkCommand,
  copy: copyCommand,
  doctor: doctorCommand,
  index: indexCommand,
  inspect: inspectCommand,
  login: loginCommand,
  outline: outlineCommand,
  plan: planCommand,
  push: pushCommand,
  warm: warmCommand,
};
const longestName = Math.max(...Object.keys(others).map((name) => name.length));

/** The command that the first arguments name, and those that are left; `build` where they name none. */
function findCommand(
  { argv }: Host,
  { build }: CommandLoaders,
): { name: string; command: Command; argv: readonly string[] } {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(" ");
    const command = Object.hasOwn(others, name) ? others[name] : undefined;
    if (command !== undefined) return { name, command, argv: argv.slice(words) };
  }
  const rest = argv[0] === "build" ? argv.slice(1) : argv;
  return { name: "build", command: buildCommand(build), argv: rest };
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
    .updateStrings({ string: "text", boolean: "switch", array: "repeatable" })
    .exitProcess(false)
    .strict()
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UsageError("USAGE_INVALID_VALUE", message ?? "the arguments are wrong");
    });
}

function addFlags(parser: Argv, name: string, { flags }: Command): Argv {
  const options = Object.entries(flags).map(([flagName, flag]): [string, Options] => [
    flagName,
    {
      group: flag.group,
      description: describe(flag),
      ...(flag.short === undefined ? {} : { alias: flag.short }),
      ...(flag.kind === "switch"
        ? { type: "boolean" }
        : { type: "string", requiresArg: true, array: flag.kind === "list" }),
      ...(flag.kind !== "list" && flag.default !== undefined
        ? { defaultDescription: flag.default }
        : {}),
    },
  ]);
  const lines = Object.entries(others).map(
    ([other, { description: what }]) => `  slipway ${other.padEnd(longestName)}  ${what}`,
  );
  const commands = name === "build" ? ["", "", "Other commands:", ...lines] : [];
  return parser
    .options(Object.fromEntries(options))
    .group(Object.keys(universalFlags), universalFlags.help.group)
    .epilogue(
      "Each flag can be given by the environment too, in capitals with underscores: " +
        `--build-arg as ${variableOf("build-arg")}, one element a line. A flag wins.` +
        commands.join("\n"),
    );
}

function usageOf(name: string, flags: FlagTable): string {
  const places = Object.values(flags).flatMap((flag) => {
    if (flag.positional !== true || flag.kind === "switch") return [];
    return [flag.kind === "list" ? `${flag.value}...` : flag.value];
  });
  return [name === "build" ? "[build]" : name, ...places, "[flags]"].join(" ");
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
