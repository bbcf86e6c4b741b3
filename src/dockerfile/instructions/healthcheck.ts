import type { Statement } from "../grammar/statement.ts";
import type { HealthcheckInstruction } from "../instruction.ts";
import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";
import { assertArguments, instructionBase } from "./base.ts";
import { parseDuration } from "./duration.ts";
import { readFlags } from "./flags.ts";

const shortestNs = 1_000_000;
const mostRetries = 2 ** 31 - 1;

/** Reads a HEALTHCHECK. Flags of `HEALTHCHECK NONE` are ignored. */
export function parseHealthcheck(statement: Statement): HealthcheckInstruction {
  assertArguments(statement);
  const base = { ...instructionBase(statement), type: "HEALTHCHECK" } as const;
  const [kind = "", ...command] = statement.words;
  if (kind.toUpperCase() === "NONE") {
    if (command.length > 0) throw syntaxError("HEALTHCHECK NONE takes no arguments");
    return { ...base, test: ["NONE"], ...noTimes };
  }
  const flags = readFlags(statement, {
    interval: "string",
    timeout: "string",
    "start-period": "string",
    "start-interval": "string",
    retries: "string",
  });
  return {
    ...base,
    test: readTest(kind.toUpperCase(), command, statement.json),
    intervalNs: parseTime("interval", flags.interval),
    timeoutNs: parseTime("timeout", flags.timeout),
    startPeriodNs: parseTime("start-period", flags["start-period"]),
    startIntervalNs: parseTime("start-interval", flags["start-interval"]),
    retries: parseRetries(flags.retries),
  };
}

const noTimes = {
  intervalNs: undefined,
  timeoutNs: undefined,
  startPeriodNs: undefined,
  startIntervalNs: undefined,
  retries: undefined,
};

function readTest(kind: string, command: readonly string[], json: boolean): string[] {
  if (kind !== "CMD") throw syntaxError(`Unknown type ${quote(kind)} in HEALTHCHECK (try CMD)`);
  if (command.length === 0) throw syntaxError("Missing command after HEALTHCHECK CMD");
  return [json ? "CMD" : "CMD-SHELL", ...command];
}

function parseTime(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const ns = parseDuration(text);
  if (ns !== 0 && ns < shortestNs) {
    throw syntaxError(`Interval ${quote(flag)} cannot be less than 1ms`);
  }
  return ns;
}

function parseRetries(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const problem = (reason: string): Error =>
    syntaxError(`strconv.ParseInt: parsing ${quote(text)}: ${reason}`);
  if (!/^[-+]?[0-9]+$/.test(text)) throw problem("invalid syntax");
  const retries = Number(text);
  if (retries > mostRetries || retries < -mostRetries - 1) throw problem("value out of range");
  if (retries < 0) throw syntaxError(`--retries cannot be negative (${retries})`);
  return retries;
}
