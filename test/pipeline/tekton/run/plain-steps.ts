import type { StepContainer, StepMount } from "../step-container.ts";

/** A step as Tekton makes it where the source workspace is bound to the claim `src`. */
export function stepContainer(index: number, more: Partial<StepContainer>): StepContainer {
  return {
    name: `step-${index}`,
    image: "registry.example/slipway:1",
    argv: [],
    workingDir: "/workspace/source",
    entrypointOptions: entrypointOptions(index),
    mounts: tektonMounts(index),
    ...more,
  };
}

/** The options of the entrypoint of such a step. */
export function entrypointOptions(index: number): StepContainer["entrypointOptions"] {
  const wait =
    index === 0
      ? [["-wait_file", "/tekton/downward/ready"], ["-wait_file_content"]]
      : [["-wait_file", `/tekton/run/${index - 1}/out`]];
  return [
    ...wait,
    ["-post_file", `/tekton/run/${index}/out`],
    ["-termination_path", "/tekton/termination"],
    ["-step_metadata_dir", `/tekton/run/${index}/status`],
    ["-results", "IMAGE_DIGEST,IMAGE_URL"],
  ];
}

/** What Tekton mounts into a step of a Task with two of them. */
export function tektonMounts(index: number): readonly StepMount[] {
  const claim = { persistentVolumeClaim: { claimName: "src" } };
  const ready = { items: [{ path: "ready" }] };
  return [
    { path: "/workspace/source", readOnly: false, volume: "ws-1", source: claim },
    {
      path: "/tekton/downward",
      readOnly: true,
      volume: "tekton-internal-downward",
      source: { downwardAPI: ready },
    },
    emptyMount("/tekton/creds", `creds-init-home-${index}`),
    emptyMount("/tekton/run/0", "internal-run-0", index !== 0),
    emptyMount("/tekton/run/1", "internal-run-1", index !== 1),
    emptyMount("/tekton/bin", "internal-bin", true),
    emptyMount("/workspace", "internal-workspace"),
    emptyMount("/tekton/home", "internal-home"),
    emptyMount("/tekton/results", "internal-results"),
    emptyMount("/tekton/steps", "internal-steps", true),
    emptyMount("/tekton/artifacts", "internal-artifacts"),
  ];
}

/** A directory that is empty when the pod starts. */
export function emptyMount(target: string, volume: string, readOnly = false): StepMount {
  return { path: target, readOnly, volume: `tekton-${volume}`, source: { emptyDir: {} } };
}

/** A Secret of this name. */
export function secretMount(target: string, name: string, items?: readonly object[]): StepMount {
  const source = { secretName: name, ...(items === undefined ? {} : { items }) };
  return { path: target, readOnly: false, volume: `ws-${name}`, source: { secret: source } };
}
