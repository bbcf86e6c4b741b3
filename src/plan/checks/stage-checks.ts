import { checkRepetition, checkShellForm } from "../../dockerfile/checks/commands.ts";
import { checkExposedPort } from "../../dockerfile/checks/exposed-ports.ts";
import type { IgnoredSources } from "../../dockerfile/checks/ignored-sources.ts";
import type { CheckReporter } from "../../dockerfile/checks/reporter.ts";
import { checkSecretName } from "../../dockerfile/checks/secret-names.ts";
import { checkKeyValueFormat, reportUndefined } from "../../dockerfile/checks/variables.ts";
import { checkWorkdir } from "../../dockerfile/checks/workdir.ts";
import type {
  AddInstruction,
  ArgInstruction,
  CmdInstruction,
  CopyInstruction,
  EntrypointInstruction,
  EnvInstruction,
  ExposeInstruction,
  HealthcheckInstruction,
  Instruction,
  StopsignalInstruction,
  VolumeInstruction,
} from "../../dockerfile/instruction.ts";
import { parseExposedPorts } from "../../dockerfile/ports.ts";
import { isSignal } from "../../dockerfile/signals.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { parseModeChange } from "../../filetree/mode-change.ts";
import { assertPaths, readAddSources } from "../copy-sources.ts";
import type { StageObserver } from "../read-stage.ts";
import { type FromScope, stagesUsedBy } from "../resolve-from.ts";
import type { StageFacts } from "../stage-facts.ts";

/** What the checks of a stage's instructions depend on. */
export interface StageChecks {
  readonly index: number;
  readonly plan: FromScope;
  readonly reporter: CheckReporter;
  readonly ignored: IgnoredSources;
}

/**
 * Checks the instructions of a stage as they are read. It throws for those that could not be
 * carried out, as far as their text tells.
 */
export function observeChecks(checks: StageChecks): StageObserver {
  return {
    missing: (name, instruction, facts) => {
      if (!facts.isBaseKnown || facts.declared.has(name)) return;
      const { comments, location } = instruction;
      const known = facts.environment.keys();
      reportUndefined(name, { known, location }, checks.reporter.above(comments));
    },
    instruction: (instruction, facts) => {
      const reporter = checks.reporter.above(instruction.comments);
      const check = checksByType[instruction.type] as Check<Instruction> | undefined;
      check?.(instruction, { facts, checks: { ...checks, reporter } });
    },
  };
}

interface Sight {
  readonly facts: StageFacts;
  readonly checks: StageChecks;
}

type Check<I> = (instruction: I, sight: Sight) => void;

/** What is checked of each kind of instruction, before it takes effect. */
const checksByType: {
  readonly [Type in Instruction["type"]]?: Check<Extract<Instruction, { type: Type }>>;
} = {
  ADD: checkAdd,
  ARG: checkVariables,
  CMD: checkCommand,
  COPY: checkCopy,
  ENTRYPOINT: checkCommand,
  ENV: checkVariables,
  EXPOSE: checkPorts,
  HEALTHCHECK: checkOnce,
  LABEL: (instruction, { checks }) => checkKeyValueFormat(instruction, checks.reporter),
  RUN: (instruction, { checks }) => void stagesUsedBy(instruction, checks.index, checks.plan),
  STOPSIGNAL: assertSignal,
  VOLUME: assertVolumes,
  WORKDIR: (instruction, { facts, checks }) => {
    if (!facts.hasWorkdir) checkWorkdir(instruction, checks.reporter);
  },
};

function checkVariables(instruction: ArgInstruction | EnvInstruction, { checks }: Sight): void {
  const { reporter } = checks;
  const { location, type } = instruction;
  if (type === "ENV") checkKeyValueFormat(instruction, reporter);
  for (const { key } of type === "ENV" ? instruction.pairs : instruction.args) {
    checkSecretName({ keyword: type, name: key }, location, reporter);
  }
}

function checkOnce(
  instruction: CmdInstruction | EntrypointInstruction | HealthcheckInstruction,
  { facts, checks }: Sight,
): void {
  checkRepetition(instruction, facts.last.get(instruction.type), checks.reporter);
}

function checkCommand(instruction: CmdInstruction | EntrypointInstruction, sight: Sight): void {
  const { facts, checks } = sight;
  checkOnce(instruction, sight);
  if (facts.isBaseKnown) checkShellForm(instruction, facts.hasShell, checks.reporter);
}

function checkPorts({ ports, location }: ExposeInstruction, { checks }: Sight): void {
  for (const port of ports) {
    checkExposedPort(port, location, checks.reporter);
    parseExposedPorts([port]);
  }
}

function checkAdd(instruction: AddInstruction, { checks }: Sight): void {
  const { checksum, chmod } = instruction;
  if (chmod !== undefined) parseModeChange(chmod);
  for (const source of readAddSources(instruction.sources, instruction, checksum)) {
    if (source.kind === "local") checks.ignored.check(source.path, instruction, checks.reporter);
  }
}

function checkCopy(instruction: CopyInstruction, { checks }: Sight): void {
  const { ignored, index, plan, reporter } = checks;
  stagesUsedBy(instruction, index, plan);
  if (instruction.chmod !== undefined) parseModeChange(instruction.chmod);
  assertPaths(instruction.sources);
  if (instruction.from !== undefined) return;
  for (const source of instruction.sources) ignored.check(source, instruction, reporter);
}

function assertSignal({ signal }: StopsignalInstruction): void {
  if (isSignal(signal)) return;
  throw new DockerfileError("DOCKERFILE_INVALID", `invalid signal: ${signal}`);
}

function assertVolumes({ paths }: VolumeInstruction): void {
  if (!paths.includes("")) return;
  throw new DockerfileError("DOCKERFILE_INVALID", "VOLUME specified can not be an empty string");
}
