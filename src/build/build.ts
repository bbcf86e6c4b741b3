import type { Dockerfile } from "../dockerfile/instruction.ts";
import { planBuild } from "../plan/build-plan.ts";
import { warnOfChecks } from "./checks.ts";
import { assembleImage } from "./image.ts";
import type { BuildPorts, BuildRequest } from "./ports.ts";
import { BuildSession } from "./session.ts";

/**
 * Builds the target of a Dockerfile. `ports.publish` is called with the image while all
 * its layers can still be read, and everything that the build made on disk is gone when this
 * returns or throws.
 *
 * @throws any error of the family; the location says which instruction failed.
 */
export async function build(
  dockerfile: Dockerfile,
  request: BuildRequest,
  ports: BuildPorts,
): Promise<void> {
  const plan = planBuild(dockerfile, request);
  await using session = new BuildSession(plan, request, ports);
  if (request.unchecked !== undefined) await warnOfChecks(request.unchecked, session);
  const state = await session.target();
  await ports.publish(assembleImage(state, session));
  session.progress.finish();
}
