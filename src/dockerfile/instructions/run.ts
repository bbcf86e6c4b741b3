import type { Statement } from "../grammar/statement.ts";
import type { RunInstruction } from "../instruction.ts";
import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";
import { instructionBase } from "./base.ts";
import { commandLine } from "./command.ts";
import { parseDevice } from "./device.ts";
import { flagNames, readFlags } from "./flags.ts";
import { checkMount } from "./run-mount.ts";

const networks = ["default", "none", "host"];
const securities = ["sandbox", "insecure"];

/** Reads a RUN. It may be without arguments. Its mounts are read by `parseMounts`. */
export function parseRun(statement: Statement): RunInstruction {
  const flags = readFlags(statement, {
    mount: "list",
    network: "string",
    security: "string",
    device: "list",
  });
  const { network = "default", security = "sandbox", mount: mounts, device: devices } = flags;
  for (const device of devices) parseDevice(device);
  for (const mount of mounts) checkMount(mount);
  if (!networks.includes(network)) throw syntaxError(`invalid network mode ${quote(network)}`);
  if (!securities.includes(security)) throw syntaxError(`security ${quote(security)} is not valid`);
  return {
    ...instructionBase(statement),
    type: "RUN",
    ...commandLine(statement),
    mounts,
    network,
    security,
    devices,
    flagsUsed: flagNames(statement),
  };
}
