import type { ExposeInstruction } from "../../dockerfile/instruction.ts";
import { parseExposedPorts } from "../../dockerfile/ports.ts";
import { commitMetadata } from "../commit.ts";
import type { StepScope } from "../scope.ts";

/** EXPOSE: ports and ranges, after expansion, one variable possibly holding several. */
export function stepExpose(instruction: ExposeInstruction, scope: StepScope): void {
  const words = instruction.ports.flatMap((word) => scope.expandWords(word));
  const ports = parseExposedPorts(words);
  const { config } = scope.state;
  scope.state.config = {
    ...config,
    ExposedPorts: {
      ...config.ExposedPorts,
      ...Object.fromEntries(ports.map((port) => [port, {}])),
    },
  };
  commitMetadata(scope, `EXPOSE [${ports.join(" ")}]`);
}
