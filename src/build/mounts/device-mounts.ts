import { statSync } from "node:fs";
import { posix } from "node:path";
import { parseDevice } from "../../dockerfile/instructions/device.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import type { BindCommandMount } from "../../isolation/isolation.ts";
import type { StepScope } from "../scope.ts";

/**
 * The device nodes that `--device` names. The pod decides which there are: nothing is made. One that
 * is not there and not required is left out.
 *
 * @throws DOCKERFILE_UNSUPPORTED for a device by its CDI name.
 * @throws DOCKERFILE_INVALID when a required one is not there.
 */
export function deviceMounts(devices: readonly string[], scope: StepScope): BindCommandMount[] {
  return devices.flatMap((device): BindCommandMount[] => {
    const { name, required } = parseDevice(scope.expand(device));
    const path = posix.resolve("/", name);
    if (!name.startsWith("/") || !path.startsWith("/dev/")) throw notAPath(name);
    if (isDevice(path)) return [{ type: "bind", source: path, target: path, readOnly: false }];
    if (required) throw absent(path);
    return [];
  });
}

function isDevice(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isCharacterDevice() || stats.isBlockDevice());
}

function notAPath(name: string): DockerfileError {
  return new DockerfileError(
    "DOCKERFILE_UNSUPPORTED",
    `--device=${name} is no path of a device node, and devices by CDI name are not known here`,
    { hint: "Name a device of the pod, such as /dev/fuse" },
  );
}

function absent(path: string): DockerfileError {
  return new DockerfileError("DOCKERFILE_INVALID", `there is no device ${path} in this pod`, {
    hint: "Have the pod given the device, by a device plugin for example",
  });
}
