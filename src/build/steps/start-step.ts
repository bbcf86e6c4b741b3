import type { Instruction } from "../../dockerfile/instruction.ts";
import type { LayerStep } from "../layer-step.ts";
import type { StepScope } from "../scope.ts";
import { stepAdd } from "./add.ts";
import { stepArg } from "./arg.ts";
import { stepCmd } from "./cmd.ts";
import { stepCopy } from "./copy.ts";
import { stepEntrypoint } from "./entrypoint.ts";
import { stepEnv } from "./env.ts";
import { stepExpose } from "./expose.ts";
import { stepHealthcheck } from "./healthcheck.ts";
import { stepLabel } from "./label.ts";
import { stepMaintainer } from "./maintainer.ts";
import { stepOnbuild } from "./onbuild.ts";
import { stepRun } from "./run.ts";
import { stepShell } from "./shell.ts";
import { stepStopsignal } from "./stopsignal.ts";
import { stepUser } from "./user.ts";
import { stepVolume } from "./volume.ts";
import { stepWorkdir } from "./workdir.ts";

type Step<I> = (instruction: I, scope: StepScope) => LayerStep | void;

const steps: {
  readonly [Type in Instruction["type"]]: Step<Extract<Instruction, { type: Type }>>;
} = {
  ADD: stepAdd,
  ARG: stepArg,
  CMD: stepCmd,
  COPY: stepCopy,
  ENTRYPOINT: stepEntrypoint,
  ENV: stepEnv,
  EXPOSE: stepExpose,
  HEALTHCHECK: stepHealthcheck,
  LABEL: stepLabel,
  MAINTAINER: stepMaintainer,
  ONBUILD: stepOnbuild,
  RUN: stepRun,
  SHELL: stepShell,
  STOPSIGNAL: stepStopsignal,
  USER: stepUser,
  VOLUME: stepVolume,
  WORKDIR: stepWorkdir,
};

/**
 * Does what one instruction has to do to the configuration, and gives what is left to do where it makes a layer.
 *
 * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID
 */
export function startStep(instruction: Instruction, scope: StepScope): LayerStep | undefined {
  const step = steps[instruction.type] as Step<Instruction>;
  return step(instruction, scope) ?? undefined;
}
