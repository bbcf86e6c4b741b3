import type {
  MaintainerInstruction,
  OnbuildInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
} from "../../dockerfile/instruction.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";
import { isSignal } from "../signals.ts";

/** MAINTAINER: the image's author. */
export function stepMaintainer(instruction: MaintainerInstruction, scope: StepScope): void {
  scope.state.author = instruction.maintainer;
  commitMetadata(scope, `MAINTAINER ${instruction.maintainer}`);
}

/** ONBUILD: kept as written for images built FROM this one; history does not mention it. */
export function stepOnbuild(instruction: OnbuildInstruction, scope: StepScope): void {
  const { config } = scope.state;
  scope.state.config = {
    ...config,
    OnBuild: [...(config.OnBuild ?? []), instruction.expression],
  };
}

/**
 * STOPSIGNAL: a signal's name or number.
 *
 * @throws DOCKERFILE_INVALID when there is no such signal.
 */
export function stepStopsignal(instruction: StopsignalInstruction, scope: StepScope): void {
  const signal = scope.expand(instruction.signal);
  if (!isSignal(signal)) {
    throw new DockerfileError("DOCKERFILE_INVALID", `invalid signal: ${signal}`, {
      hint: "Use a name such as SIGTERM or a number from 1 to 64",
    });
  }
  scope.state.config = { ...scope.state.config, StopSignal: signal };
  commitMetadata(scope, `STOPSIGNAL ${signal}`);
}

/** USER: kept as written; names are looked up when something runs. */
export function stepUser(instruction: UserInstruction, scope: StepScope): void {
  const user = scope.expand(instruction.user);
  scope.state.config = { ...scope.state.config, User: user };
  commitMetadata(scope, `USER ${user}`);
}

/**
 * VOLUME: only a mark in the configuration; what later instructions write below it stays.
 *
 * @throws DOCKERFILE_INVALID when a path is empty.
 */
export function stepVolume(instruction: VolumeInstruction, scope: StepScope): void {
  const paths = instruction.paths.map((path) => scope.expand(path));
  if (paths.includes("")) {
    throw new DockerfileError("DOCKERFILE_INVALID", "VOLUME specified can not be an empty string");
  }
  const { config } = scope.state;
  scope.state.config = {
    ...config,
    Volumes: { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) },
  };
  commitMetadata(scope, `VOLUME [${paths.join(" ")}]`);
}
