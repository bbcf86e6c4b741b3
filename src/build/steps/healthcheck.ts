import type { HealthcheckInstruction } from "../../dockerfile/instruction.ts";
import type { Healthcheck } from "../../image/config.ts";
import { commitMetadata } from "../commit.ts";
import { describeHealthcheck } from "../history.ts";
import type { StepScope } from "../scope.ts";

/** HEALTHCHECK: zero durations and counts mean the runtime's default and are left out. */
export function stepHealthcheck(instruction: HealthcheckInstruction, scope: StepScope): void {
  const all: Record<string, number | undefined> = {
    Interval: instruction.intervalNs,
    Timeout: instruction.timeoutNs,
    StartPeriod: instruction.startPeriodNs,
    StartInterval: instruction.startIntervalNs,
    Retries: instruction.retries,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined && value !== 0);
  const check: Healthcheck = { Test: instruction.test, ...Object.fromEntries(given) };
  scope.state.config = { ...scope.state.config, Healthcheck: check };
  commitMetadata(scope, describeHealthcheck(instruction));
}
