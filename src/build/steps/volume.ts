import type { VolumeInstruction } from "../../dockerfile/instruction.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

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
