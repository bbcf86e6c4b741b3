import type {
  Artifact,
  Container,
  EnvironmentVariable,
  Template,
  VolumeMount,
} from "../manifest.ts";
import { joinScopes, type Scope, substitute } from "../substitute.ts";
import type { Execution, Pod, PreparedCall } from "./execution.ts";
import { nodeId } from "./execution.ts";
import { hasLocation } from "./inputs.ts";
import { patchPod } from "./patch-pod.ts";
import { podVolumes, sharedVolumes } from "./pod-volumes.ts";

const logOptions = ["--loglevel", "info", "--log-format", "text", "--gloglevel", "0"];
const emissary = ["/var/run/argo/argoexec", "emissary", ...logOptions, "--"];

/** Where a script's text lies in its container. */
const scriptFile = "/argo/staging/script";

/** A pod as the controller is about to make it. */
interface PodRequest {
  readonly template: Template;
  readonly id: string;
  readonly workflow: string;
  readonly keepsResult: boolean;
}

/**
 * Plans the pod of a container or script template, as Argo's controller makes it.
 *
 * @throws Error when Kubernetes would refuse it.
 */
export function planPod(execution: Execution, call: PreparedCall): Pod {
  const id = nodeId(execution.name, call.nodeName);
  const here = new Map([
    ["node.name", call.nodeName],
    ["pod.name", id],
  ]);
  const scope: Scope = joinScopes(execution.globals, call.locals, here);
  const template = substitute(call.template, scope);
  const request = { template, id, workflow: execution.name, keepsResult: call.keepsResult };
  const artifacts = (template.inputs?.artifacts ?? []).filter(hasLocation);
  const { argv, main } = mainContainer(request, artifacts);
  const spec = substitute(execution.workflow.spec, scope);
  const volumes = podVolumes(
    template,
    sharedVolumes(execution.name, spec),
    main.volumeMounts ?? [],
  );
  const { name: _, inputs: _inputs, ...rest } = template;
  return patchPod(
    {
      node: call.nodeName,
      nodeId: id,
      argv,
      main,
      volumes,
      securityContext: template.securityContext ?? spec.securityContext ?? {},
      more: {},
      inputArtifacts: artifacts,
      // Observed: the inputs are empty there.
      template: JSON.stringify({ name: template.name, inputs: {}, ...rest }),
      ...(template.script && { script: template.script.source ?? "" }),
      ...(template.activeDeadlineSeconds !== undefined && {
        deadlineSeconds: Number(template.activeDeadlineSeconds),
      }),
    },
    [spec.podSpecPatch, template.podSpecPatch],
  );
}

function mainContainer(
  request: PodRequest,
  artifacts: readonly Artifact[],
): { readonly argv: readonly string[]; readonly main: Container } {
  const { container, script } = request.template;
  const { source: _, ...given } = container ?? script ?? {};
  const command = given.command ?? [];
  if (command.length === 0) throw new Error("the look-up of an image's command is not emulated");
  const args = script === undefined ? given.args : [scriptFile];
  const own = given.volumeMounts ?? [];
  const volumeMounts = [
    ...own,
    ...artifacts.filter((each) => !isInside(own, each)).map(artifactMount),
    ...(script === undefined ? [] : [{ name: "argo-staging", mountPath: "/argo/staging" }]),
    { name: "var-run-argo", mountPath: "/var/run/argo" },
  ];
  const main = {
    ...given,
    name: "main",
    command: [...emissary, ...command],
    ...(args && { args }),
    env: [...(given.env ?? []), ...executorVariables(request)],
    volumeMounts,
  };
  return { argv: [...command, ...(args ?? [])], main };
}

/** An artifact at a path below a volume is written into the volume, and has no mount of its own. */
function isInside(mounts: readonly VolumeMount[], { path = "" }: Artifact): boolean {
  return mounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`));
}

function artifactMount({ name, path = "" }: Artifact): VolumeMount {
  return { name: "input-artifacts", mountPath: path, subPath: name };
}

function executorVariables({
  id,
  workflow,
  keepsResult,
}: PodRequest): readonly EnvironmentVariable[] {
  const variables = {
    ARGO_CONTAINER_NAME: "main",
    ARGO_NODE_ID: id,
    ARGO_INCLUDE_SCRIPT_OUTPUT: String(keepsResult),
    ARGO_DEADLINE: "0001-01-01T00:00:00Z",
    ARGO_WORKFLOW_NAME: workflow,
    ARGO_PROGRESS_FILE: "/var/run/argo/progress",
    ARGO_PROGRESS_PATCH_TICK_DURATION: "1m0s",
    ARGO_PROGRESS_FILE_TICK_DURATION: "3s",
  };
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
