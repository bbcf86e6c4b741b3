import type { Instruction } from "../../dockerfile/instruction.ts";
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

type Step<I> = (instruction: I, scope: StepScope) => void | Promise<void>;

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

/** Carries out one instruction. */
export async function runStep(instruction: Instruction, scope: StepScope): Promise<void> {
  const step = steps[instruction.type] as Step<Instruction>;
  await step(instruction, scope);
}
